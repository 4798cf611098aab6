public import Diagnostics
public import Devices
package import Execution
import Programs
import Tensors

extension Trainer {
  /// Runs some steps, without the work at ends of epochs.
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

  /// Runs the next step on two backends in lockstep: its own and another.
  ///
  /// - Throws: `BackendUnavailable`, or errors of the other backend; `TrainingError.setting` if the kernels
  ///   of one cannot be inspected.
  public func compareStep(with choice: BackendChoice) throws -> StepComparison {
    let (backend, reason) = try choice.open()
    return try compareStep(with: backend, reason: reason)
  }

  /// - Parameters:
  ///   - reason: describes the other backend and the reason for its choice.
  ///   - prepare: runs on the other backend after its states are set, for tests.
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
    // Of several batches of a step the last one brings the update.
    let batch = (step + 1) * settings.accumulation - 1
    try runBatches(settings.accumulation - 1, from: step * settings.accumulation)
    try trainingFeed()?.fill(from: batch)
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
