public import Devices
public import Execution
import Programs
public import Tensors

/// A backend with the states of its programs, for custom training loops and other computations.
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
/// A step is compiled once. States are shared by all steps of a session; they start with their initial values
/// and persist between runs. A session belongs to one isolation domain.
public final class Session {
  public let backend: any Backend

  /// A sentence that names the backend and the reason for its choice.
  public let backendReason: String

  /// The inputs that have been set.
  var given: Set<State> = []

  /// - Parameter seed: of the random initial values of states.
  /// - Throws: `BackendUnavailable`.
  public init(on choice: BackendChoice = .automatic, seed: UInt64 = 0) throws {
    (backend, backendReason) = try choice.open(seed: seed)
  }

  /// A session on an existing backend with its states: a trainer's, for example.
  public init(_ backend: any Backend) {
    (self.backend, backendReason) = (backend, "\(backend.name).")
  }

  /// Compiles a step: its outputs and assignments.
  ///
  /// All of them read the states' values before the step.
  ///
  /// - Parameters:
  ///   - name: for messages, listings and traces.
  ///   - outputs: tensors whose values can be read after a run, by name.
  ///   - assignments: at most one per state.
  /// - Throws: `GraphError`, the first of the tensors involved; `SessionError` for two inputs or two
  ///   outputs with one name; `OutOfMemory` and other errors of the backend.
  public func step(
    _ name: String = "step", outputs: KeyValuePairs<String, Tensor> = [:],
    assigning assignments: [Assignment] = []
  ) throws -> Step {
    try step(name, outputs: outputs.map { (name: $0, tensor: $1) }, assigning: assignments)
  }

  /// The same with a list of outputs.
  public func step(
    _ name: String = "step", outputs: [(name: String, tensor: Tensor)],
    assigning assignments: [Assignment] = []
  ) throws -> Step {
    try Step(name, outputs: outputs, assigning: assignments, in: self)
  }

  /// The value of a state, after all runs so far.
  public func values(of state: State) throws -> TensorValues { try backend.read(state) }

  /// Sets a state.
  ///
  /// - Throws: `SessionError` for values of another type or shape.
  public func set(_ state: State, to values: some TensorFeed) throws {
    try values.check(for: state, of: "the state")
    try values.withFeedBytes { try backend.write($0, to: state) }
  }
}

extension TensorFeed {
  /// - Throws: `SessionError` for values that do not fit the state.
  func check(for state: State, of subject: String) throws(SessionError) {
    let count = withFeedBytes { $0.count }
    guard feedType == state.dtype, count == state.byteCount, feedShape ?? state.shape == state.shape else {
      let own = feedShape.map { "\(feedType)\($0)" } ?? "\(count / feedType.byteCount) of \(feedType)"
      throw SessionError("\(subject) '\(state.name)' is \(state.dtype)\(state.shape), and was given \(own)")
    }
  }
}
