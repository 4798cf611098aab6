public import Backends
package import Programs
import Tensors

extension Trainer {
  /// Does some steps, and nothing at the end of epochs.
  ///
  /// - Throws: `TrainingError.diverged`.
  public func advance(steps: Int) throws {
    var left = steps
    while left > 0 {
      let count = min(left, TrainingStep.lossCapacity)
      try advance(count)
      left -= count
    }
  }

  /// Does the next step on two backends in lockstep: its own and another.
  ///
  /// - Throws: `BackendUnavailable`, or what the other backend throws; `TrainingError.setting` if the kernels of one of them
  ///   cannot be looked at.
  public func compareStep(with choice: BackendChoice) throws -> StepComparison {
    let (backend, reason) = try choice.open()
    return try compareStep(with: backend, reason: reason)
  }

  /// - Parameters:
  ///   - reason: what the other backend is, and why.
  ///   - prepare: does something with the other backend after its states were made equal, for tests.
  package func compareStep(
    with other: any Backend, reason: String, prepare: (any Backend) throws -> Void = { _ in }
  ) throws -> StepComparison {
    let program = trainingStep.program
    guard let first = executable as? any InspectableExecutable,
      let second = try other.compile(program) as? any InspectableExecutable
    else {
      throw TrainingError.setting(
        "\(backend.name) and \(other.name) cannot both show what their kernels make")
    }
    try trainingFeed()?.fill(from: step)
    var before: [State: TensorValues] = [:]
    for state in program.states {
      let values = try backend.read(state)
      before[state] = values
      if !state.isReadOnly { try other.write(values, to: state) }
    }
    try prepare(other)
    var lockstep = Lockstep(of: program, on: first, and: second, from: before)
    let (values, unmatched) = try lockstep.run()
    step += 1
    return StepComparison(
      backends: [backendReason, reason], batchSize: settings.batchSize, values: values, unmatched: unmatched)
  }
}
