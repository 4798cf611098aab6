import Execution
import Programs
public import Tensors

/// A compiled program, to be run any number of times: see `Session.step`.
///
/// It retains its session's backend, and belongs to the same isolation domain.
public final class Step {
  public let name: String

  /// The names of its inputs, sorted, each with its type and shape.
  public var inputs: [(name: String, dtype: DType, shape: Shape)] {
    inputStates.values.map { ($0.name, $0.dtype, $0.shape) }.sorted { $0.0 < $1.0 }
  }

  private let session: Session
  private let executable: any Executable
  private let inputStates: [String: State]
  private let outputNumbers: [String: Int]
  /// True once all inputs have been set.
  private var isComplete = false

  init(
    _ name: String, outputs: [(name: String, tensor: Tensor)], assigning assignments: [Assignment],
    in session: Session
  ) throws {
    (self.name, self.session) = (name, session)
    var numbers: [String: Int] = [:]
    for (number, output) in outputs.enumerated() {
      guard numbers.updateValue(number, forKey: output.name) == nil else {
        throw SessionError("the step '\(name)' has two outputs '\(output.name)': give them different names")
      }
    }
    let program = try Program(name, outputs: outputs, assignments: assignments)
    var inputs: [String: State] = [:]
    for state in program.states where state.role == .input {
      guard inputs.updateValue(state, forKey: state.name) == nil else {
        throw SessionError(
          "the step '\(name)' reads two inputs '\(state.name)': make the tensor once, or give them different names"
        )
      }
    }
    (inputStates, outputNumbers) = (inputs, numbers)
    executable = try session.backend.compile(program)
  }

  /// Runs it `steps` times in sequence, with the same inputs.
  ///
  /// An input that is not given keeps its previous value. Returns before the work is done where the device is
  /// asynchronous; reading waits for it.
  ///
  /// - Throws: `SessionError` for inputs that are unknown, do not fit, or were never set; errors of the
  ///   backend.
  public func run(_ inputs: [String: any TensorFeed] = [:], steps: Int = 1) throws {
    for (name, values) in inputs { try set(name, to: values) }
    if !isComplete { try checkInputs() }
    try executable.run(steps: steps)
  }

  /// Runs it once, and returns all its outputs.
  public func callAsFunction(_ inputs: [String: any TensorFeed] = [:]) throws -> [String: TensorValues] {
    try run(inputs)
    return try outputs()
  }

  /// All outputs of the last run.
  public func outputs() throws -> [String: TensorValues] {
    try outputNumbers.mapValues { try executable.output($0) }
  }

  /// Sets an input for all later runs.
  ///
  /// Other steps of the session that read the same input see it, too.
  public func set(_ input: String, to values: some TensorFeed) throws {
    guard let state = inputStates[input] else {
      let names = inputs.map { "'\($0.name)', \($0.dtype)\($0.shape)" }.joined(separator: ", ")
      throw SessionError(
        "the step '\(name)' has no input '\(input)'; it has \(names.isEmpty ? "none" : names)")
    }
    try values.check(for: state, of: "the input")
    try values.withFeedBytes { try session.backend.write($0, to: state) }
    if !isComplete { session.given.insert(state) }
  }

  /// An output of the last run.
  ///
  /// - Throws: `SessionError` for an unknown name.
  public func output(_ name: String) throws -> TensorValues {
    guard let number = outputNumbers[name] else {
      let names = outputNumbers.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
      throw SessionError(
        "the step '\(self.name)' has no output '\(name)'; it has \(names.isEmpty ? "none" : names)")
    }
    return try executable.output(number)
  }

  private func checkInputs() throws(SessionError) {
    if let missing = inputStates.values.filter({ !session.given.contains($0) }).min(by: { $0.name < $1.name })
    {
      throw SessionError(
        "the step '\(name)' reads the input '\(missing.name)', \(missing.dtype)\(missing.shape), which was never given"
      )
    }
    isComplete = true
  }
}
