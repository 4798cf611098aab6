public import Backends
public import Programs
public import Tensors

/// A backend, and the values that its programs share: for training loops, and everything else, of one's own.
///
///     let session = try Session(on: .automatic, seed: 1)
///     let (x, y) = (Tensor.input("x", [64, 1]), Tensor.input("y", [64, 1]))
///     let w = State("w", [1, 1], role: .weight)
///     let error = matmul(x, w.value) - y
///     let loss = (error * error).mean()
///     let step = try session.step(
///       outputs: ["loss": loss], assigning: [Assignment(w, w.value - 0.1 * gradients(of: loss, at: [w.value])[0])])
///     for batch in batches { try step.run(["x": batch.x, "y": batch.y]) }
///     print(try step.output("loss").scalar, try session.values(of: w))
///
/// A step is compiled once. States are shared by all steps of a session, begin with their initial values, and keep what they
/// hold from one run to the next. A session belongs to one isolation domain.
public final class Session {
  public let backend: any Backend

  /// What it runs on, and why, in one sentence.
  public let backendReason: String

  /// The inputs that were given a value.
  var given: Set<State> = []

  /// - Parameter seed: decides the random initial values of states.
  /// - Throws: `BackendUnavailable`.
  public init(on choice: BackendChoice = .automatic, seed: UInt64 = 0) throws {
    (backend, backendReason) = try choice.open(seed: seed)
  }

  /// A session on a backend that is there already, with the states that it has: a trainer's, for example.
  public init(_ backend: any Backend) {
    (self.backend, backendReason) = (backend, "\(backend.name).")
  }

  /// Makes a step ready: what it computes, and what it gives to states.
  ///
  /// All of it reads what states held before the step.
  ///
  /// - Parameters:
  ///   - name: for messages, listings and traces.
  ///   - outputs: tensors whose values are read after a run, by name.
  ///   - assignments: at most one for each state.
  /// - Throws: `GraphError`, the first of the tensors involved; `SessionError` for two inputs or two outputs of one name;
  ///   `OutOfMemory` and other errors of the backend.
  public func step(
    _ name: String = "step", outputs: KeyValuePairs<String, Tensor> = [:],
    assigning assignments: [Assignment] = []
  ) throws -> Step {
    try step(name, outputs: outputs.map { (name: $0, tensor: $1) }, assigning: assignments)
  }

  /// The same of a list of outputs.
  public func step(
    _ name: String = "step", outputs: [(name: String, tensor: Tensor)],
    assigning assignments: [Assignment] = []
  ) throws -> Step {
    try Step(name, outputs: outputs, assigning: assignments, in: self)
  }

  /// What a state holds, after everything that was run.
  public func values(of state: State) throws -> TensorValues { try backend.read(state) }

  /// Gives a state other values.
  ///
  /// - Throws: `SessionError` for values of another type or shape.
  public func set(_ state: State, to values: some TensorFeed) throws {
    try values.check(for: state, of: "the state")
    try values.withFeedBytes { try backend.write($0, to: state) }
  }
}

extension TensorFeed {
  /// - Throws: `SessionError` for elements that the state cannot hold.
  func check(for state: State, of subject: String) throws(SessionError) {
    let count = withFeedBytes { $0.count }
    guard feedType == state.dtype, count == state.byteCount, feedShape ?? state.shape == state.shape else {
      let own = feedShape.map { "\(feedType)\($0)" } ?? "\(count / feedType.byteCount) of \(feedType)"
      throw SessionError("\(subject) '\(state.name)' is \(state.dtype)\(state.shape), and was given \(own)")
    }
  }
}
