public import Checkpoints
public import Devices
import Layers
public import Models
public import Sessions
public import Tensors

/// The scores of the next token of a text that grows by a token at a time.
///
///     let generator = try TokenGenerator(gpt, from: Checkpoint(contentsOf: path), path: path)
///     var scores = try generator.begin(ids)
///     while text.isShort { scores = try generator.append(sampler.next(scores)) }
///
/// Keys and values of what was read stay in the device's memory (`KeyValueCache`), and each token is one run of one program: nothing
/// is compiled as the text grows. A text that has filled the context is read anew from the later half of it, so that every token is
/// told from all of the text before it, or from at least half a context.
///
/// It belongs to one isolation domain.
public final class TokenGenerator {
  /// A sentence that names the backend and the reason for its choice.
  public var backendReason: String { session.backendReason }

  private let session: Session
  private let net: GPT
  private let precision: Precision
  private let states = StateStore()
  private let memory: KeyValueCache.Memory
  private let next: Step
  /// Made when a long text is read.
  private var whole: Step?
  /// The tokens in the memory.
  private var read: [Int32] = []

  /// How many tokens a reading of the whole context is worth: products of many rows read the weights once for all of them.
  private static let tokensAsLongAsAll = 16

  /// - Parameters:
  ///   - path: of the checkpoint, for errors.
  ///   - tokens: of the longest text, if that is less than the context: memory is taken for so many.
  /// - Throws: `CheckpointError` for a checkpoint of another model, `BackendUnavailable`, and errors of the backend.
  public convenience init(
    _ net: GPT, from checkpoint: Checkpoint, path: String, tokens: Int? = nil,
    precision: Precision = .float32, backend choice: BackendChoice = .automatic
  ) throws {
    try self.init(
      net, from: checkpoint, path: path, tokens: tokens, precision: precision, in: Session(on: choice))
  }

  /// The same in a session.
  public init(
    _ net: GPT, from checkpoint: Checkpoint, path: String, tokens: Int? = nil,
    precision: Precision = .float32, in session: Session
  ) throws {
    (self.session, self.net, self.precision) = (session, net, precision)
    memory = KeyValueCache.Memory(capacity: max(1, min(net.context, tokens ?? net.context)))
    let (id, position) = (
      Tensor.input("token", [1, 1], dtype: .int32), Tensor.input("position", [], dtype: .int32)
    )
    let cache = KeyValueCache(memory, at: position)
    let scores = net.forward(
      id, in: Pass(.evaluation, states: states, precision: precision), cache: cache)
    next = try session.step("next token", outputs: ["scores": scores], assigning: cache.assignments)
    try session.load(checkpoint, path: path, into: states.states)
  }

  /// Reads a text from its beginning, or the last of it that fits the context.
  ///
  /// - Parameter ids: at least one.
  /// - Returns: the scores of the token after it, one for each token of the vocabulary.
  public func begin(_ ids: [Int32]) throws -> [Float] {
    precondition(!ids.isEmpty, "there is no text to go on with")
    read = ids.suffix(memory.capacity)
    guard read.count > Self.tokensAsLongAsAll else {
      var scores: [Float] = []
      for (position, id) in read.enumerated() { scores = try scoresAfter(id, at: position) }
      return scores
    }
    let step = try whole ?? makeWhole()
    whole = step
    let padding = [Int32](repeating: 0, count: memory.capacity - read.count)
    try step.run(["tokens": read + padding, "last": [Int32(read.count - 1)]])
    return try step.output("scores").elements()
  }

  /// Adds a token to the text.
  ///
  /// - Returns: the scores of the one after it.
  public func append(_ id: Int32) throws -> [Float] {
    guard read.count < memory.capacity else { return try begin(read.suffix(memory.capacity / 2) + [id]) }
    read.append(id)
    return try scoresAfter(id, at: read.count - 1)
  }

  private func scoresAfter(_ id: Int32, at position: Int) throws -> [Float] {
    try next.run(["token": [id], "position": [Int32(position)]])
    return try next.output("scores").elements()
  }

  private func makeWhole() throws -> Step {
    let (ids, last) = (
      Tensor.input("tokens", [1, memory.capacity], dtype: .int32), Tensor.input("last", [1], dtype: .int32)
    )
    let cache = KeyValueCache(memory)
    let scores = net.forward(
      ids, in: Pass(.evaluation, states: states, precision: precision), cache: cache, at: last)
    return try session.step("start of a text", outputs: ["scores": scores], assigning: cache.assignments)
  }
}
