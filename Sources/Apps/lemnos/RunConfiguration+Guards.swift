import Lemnos

/// Short smoke-test runs before a long one, and early stopping.
extension RunConfiguration {
  /// Smoke test: two steps, and evaluation on two batches.
  mutating func makeFast() {
    epochs = 1
    self.trainingSamples = min(self.trainingSamples ?? .max, 2 * training.examplesPerStep)
    self.accuracySamples = min(self.accuracySamples, 2 * training.examplesPerStep)
    self.validationSamples = min(self.validationSamples ?? .max, 2 * training.examplesPerStep)
    self.testSamples = 2 * training.examplesPerStep
  }

  /// Overfitting check: trains on the first batches only, without augmentation, and evaluates on them.
  mutating func overfit(batches: Int) throws {
    guard batches > 0 else {
      throw Failure(
        "a network cannot learn \(batches) batches by heart: give --overfit-batches at least 1", code: 64)
    }
    let (product, overflows) = batches.multipliedReportingOverflow(by: training.examplesPerStep)
    let images = overflows ? .max : product
    self.trainingSamples = images
    self.accuracySamples = images
    validation = 0
    self.augmentation = .none
  }

  /// True if the best epoch is `patience` or more epochs ago (early stopping).
  func isOutOfPatience(_ history: History) -> Bool {
    guard let patience, let best = history.best, let last = history.epochs.last else { return false }
    return last.epoch - best.epoch >= patience
  }
}
