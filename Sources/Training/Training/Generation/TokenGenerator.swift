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
/// What a network has to know of the tokens before stays in the device's memory: the keys and values of a `GPT` (`KeyValueCache`), the
/// states of a recurrent one. Each token is one run of one program: nothing is compiled as the text grows.
///
/// A text that has filled the context of a GPT is read anew from the later half of it, so that every token is told from all of the text
/// before it, or from at least half a context.
///
/// It belongs to one isolation domain.
public final class TokenGenerator {
  /// A sentence that names the backend and the reason for its choice.
  public var backendReason: String { session.backendReason }

  private let session: Session
  private let next: Step
  private let memory: Memory
  /// The tokens in a GPT's memory.
  private var read: [Int32] = []

  private enum Memory {
    case keysAndValues(WholeTexts)
    case states([State])
  }

  /// How many tokens a reading of the whole context is worth: products of many rows read the weights once for all of them.
  private static let tokensAsLongAsAll = 16

  /// A generator on the backend of choice.
  ///
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
    let states = StateStore()
    let cached = KeyValueCache.Memory(capacity: max(1, min(net.context, tokens ?? net.context)))
    let position = Tensor.input("position", [], dtype: .int32)
    let cache = KeyValueCache(cached, at: position)
    let scores = net.forward(
      Self.token, cache: cache, in: Pass(.evaluation, states: states, precision: precision))
    next = try session.step("next token", outputs: ["scores": scores], assigning: cache.assignments)
    try session.load(checkpoint, path: path, into: states.states)
    self.session = session
    memory = .keysAndValues(WholeTexts(net: net, precision: precision, states: states, memory: cached))
  }

  /// A generator of a recurrent network, whose texts have any length.
  ///
  /// - Parameter path: of the checkpoint, for errors.
  /// - Throws: `CheckpointError` for a checkpoint of another model, and errors of the backend.
  public init(
    _ net: RecurrentLanguageModel, from checkpoint: Checkpoint, path: String,
    precision: Precision = .float32, in session: Session
  ) throws {
    let states = StateStore()
    let carried = (0..<net.stateCount).map {
      State("carried.\($0)", [net.layers, 1, net.channels], role: .data)
    }
    let made = net.run(
      Self.token, from: carried.map(\.value), in: Pass(.evaluation, states: states, precision: precision))
    next = try session.step(
      "next token", outputs: ["scores": made.scores],
      assigning: zip(carried, made.states).map { Assignment($0, $1) })
    try session.load(checkpoint, path: path, into: states.states)
    self.session = session
    memory = .states(carried)
  }

  private static var token: Tensor { Tensor.input("token", [1, 1], dtype: .int32) }

  /// Reads a text from its beginning, or the last of it that fits the context.
  ///
  /// - Parameter ids: at least one.
  /// - Returns: the scores of the token after it, one for each token of the vocabulary.
  public func begin(_ ids: [Int32]) throws -> [Float] {
    precondition(!ids.isEmpty, "there is no text to go on with")
    switch memory {
    case .states(let states):
      for state in states {
        try session.set(state, to: [Float](repeating: 0, count: state.shape.dimensions.reduce(1, *)))
      }
      for id in ids { try next.run(["token": [id]]) }
    case .keysAndValues(let texts):
      read = ids.suffix(texts.memory.capacity)
      guard read.count <= Self.tokensAsLongAsAll else { return try texts.scores(after: read, in: session) }
      for (position, id) in read.enumerated() {
        try next.run(["token": [id], "position": [Int32(position)]])
      }
    }
    return try next.output("scores").elements()
  }

  /// Adds a token to the text.
  ///
  /// - Returns: the scores of the one after it.
  public func append(_ id: Int32) throws -> [Float] {
    switch memory {
    case .states: try next.run(["token": [id]])
    case .keysAndValues(let texts):
      let capacity = texts.memory.capacity
      guard read.count < capacity else { return try begin(read.suffix(capacity / 2) + [id]) }
      try next.run(["token": [id], "position": [Int32(read.count)]])
      read.append(id)
    }
    return try next.output("scores").elements()
  }

  /// What comes after a text, token by token.
  ///
  /// - Parameters:
  ///   - ids: at least one.
  ///   - count: how many tokens to draw.
  public func continuation(of ids: [Int32], count: Int, by sampler: inout TokenSampler) throws -> [Int32] {
    var (drawn, scores) = ([] as [Int32], try begin(ids))
    while drawn.count < count {
      let id = Int32(sampler.next(scores))
      drawn.append(id)
      if drawn.count < count { scores = try append(id) }
    }
    return drawn
  }
}

/// Reads texts into a GPT's memory as a whole.
private final class WholeTexts {
  let net: GPT
  let precision: Precision
  let states: StateStore
  let memory: KeyValueCache.Memory
  /// Made when it is first needed.
  private var step: Step?

  init(net: GPT, precision: Precision, states: StateStore, memory: KeyValueCache.Memory) {
    (self.net, self.precision, self.states, self.memory) = (net, precision, states, memory)
  }

  /// - Parameter ids: at most as many as the memory holds.
  func scores(after ids: [Int32], in session: Session) throws -> [Float] {
    let step = try step ?? makeStep(session)
    self.step = step
    let padding = [Int32](repeating: 0, count: memory.capacity - ids.count)
    try step.run(["tokens": ids + padding, "last": [Int32(ids.count - 1)]])
    return try step.output("scores").elements()
  }

  private func makeStep(_ session: Session) throws -> Step {
    let (ids, last) = (
      Tensor.input("tokens", [1, memory.capacity], dtype: .int32), Tensor.input("last", [1], dtype: .int32)
    )
    let cache = KeyValueCache(memory)
    let scores = net.forward(
      ids, cache: cache, at: last, in: Pass(.evaluation, states: states, precision: precision))
    return try session.step("start of a text", outputs: ["scores": scores], assigning: cache.assignments)
  }
}
