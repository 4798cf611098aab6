import Diagnostics
import Execution
import MessagePassing
import Programs

extension TrainingStep {
  /// Compiles the step, with anomaly detection if the settings say so.
  ///
  /// - Throws: `TrainingError.setting` on a backend whose kernels cannot be inspected, and for a step in parts.
  func executable(on backend: any Backend, _ settings: TrainingSettings, _ ranks: Communicator?) throws
    -> any Executable
  {
    if let stages, let ranks {
      guard !settings.detectsAnomalies else {
        throw TrainingError.setting(
          "a step in which ranks share batch statistics cannot be searched for anomalies; leave --sync-batch-norm out"
        )
      }
      return try StagedExecutable(stages, ranks: ranks, on: backend)
    }
    let executable = try backend.compile(program)
    guard settings.detectsAnomalies else { return executable }
    guard let inspectable = executable as? any InspectableExecutable else {
      throw TrainingError.setting("\(backend.name) cannot show what its kernels make")
    }
    return AnomalyWatch(inspectable, of: program, scalesLoss: lossScaler != nil)
  }
}
