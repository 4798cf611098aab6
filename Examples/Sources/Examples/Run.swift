import Foundation
import Lemnos

/// A run of an example: how long and on what, and a record of what it began with and came to.
///
/// The record is for PyTorch, which begins with the same parameters, takes the same batches, and has to come to the same losses.
final class Run {
  let steps: Int
  let backend: BackendChoice
  private(set) var losses: [Float] = []

  /// Parameters by their names, and batches as `batch.0.images`.
  private(set) var record = Checkpoint()

  init(steps: Int, on backend: BackendChoice) { (self.steps, self.backend) = (steps, backend) }

  /// Notes what a session's states hold before the first step.
  ///
  /// - Parameter part: of several networks, which one it is.
  func begins(with states: [State], of session: Session, as part: String? = nil) throws {
    for (name, values) in try session.checkpoint(of: states).tensors {
      record.tensors[(part.map { "\($0)." } ?? "") + name] = values
    }
  }

  /// The same of a trainer, and what it trains on where each step takes all of it.
  func begins(with trainer: Trainer, on source: (any DataSource)? = nil) throws {
    try begins(with: trainer.states.states, of: Session(trainer.backend))
    if let source { note(batch: try source.values(ofRows: Array(0..<source.count))) }
  }

  /// Notes the loss of a step and the batch that it took.
  func note(_ loss: Double, of batch: [String: TensorValues] = [:]) {
    note(batch: batch)
    note([Float(loss)])
  }

  func note(_ losses: [Float]) { self.losses += losses }

  /// Notes a trainer's losses, and shows what came of its training.
  func note(_ history: History, showing metric: String) {
    note(history.losses)
    let best = history.best?.training.value(of: metric) ?? .nan
    print("  \(metric)", String(format: "%.3f", best))
  }

  private func note(batch: [String: TensorValues]) {
    for (name, values) in batch { record.tensors["batch.\(losses.count).\(name)"] = values }
  }
}
