import Foundation
import Lemnos

/// A run of an example: its length and backend, and a record of its initial parameters and losses.
///
/// PyTorch replays the record: it starts from the same parameters, takes the same batches, and must reach the
/// same losses.
final class Run {
  let steps: Int
  let backend: BackendChoice
  private(set) var losses: [Float] = []

  /// Parameters by their names, and batches as `batch.0.images`.
  private(set) var record = Checkpoint()

  init(steps: Int, on backend: BackendChoice) { (self.steps, self.backend) = (steps, backend) }

  /// Records the initial values of a session's states, before the first step.
  ///
  /// - Parameter part: the name of the network, if there are several.
  func begins(with states: [State], of session: Session, as part: String? = nil) throws {
    for (name, values) in try session.checkpoint(of: states).tensors {
      record.tensors[(part.map { "\($0)." } ?? "") + name] = values
    }
  }

  /// Records a trainer's initial values, and its examples if each step takes all of them.
  func begins(with trainer: Trainer, on source: (any DataSource)? = nil) throws {
    try begins(with: trainer.states.states, of: Session(trainer.backend))
    if let source { note(batch: try source.values(ofRows: Array(0..<source.count))) }
  }

  /// Records a step's loss and batch.
  func note(_ loss: Double, of batch: [String: TensorValues] = [:]) {
    note(batch: batch)
    note([Float(loss)])
  }

  func note(_ losses: [Float]) { self.losses += losses }

  /// Records a trainer's losses, and prints a metric of its last epoch.
  func note(_ history: History, showing metric: String) {
    note(history.losses)
    let best = history.best?.training.value(of: metric) ?? .nan
    print("  \(metric)", String(format: "%.3f", best))
  }

  private func note(batch: [String: TensorValues]) {
    for (name, values) in batch { record.tensors["batch.\(losses.count).\(name)"] = values }
  }
}
