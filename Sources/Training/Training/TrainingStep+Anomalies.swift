import Diagnostics
import Execution
import Programs

extension TrainingStep {
  /// Compiles the step, with anomaly detection if the settings say so.
  ///
  /// - Throws: `TrainingError.setting` on a backend whose kernels cannot be inspected.
  func executable(on backend: any Backend, _ settings: TrainingSettings) throws -> any Executable {
    let executable = try backend.compile(program)
    guard settings.detectsAnomalies else { return executable }
    guard let inspectable = executable as? any InspectableExecutable else {
      throw TrainingError.setting("\(backend.name) cannot show what its kernels make")
    }
    return AnomalyWatch(inspectable, of: program, scalesLoss: lossScaler != nil)
  }
}
