import Lemnos

/// Short runs that show whether a long one is worth beginning, and when it is no longer worth going on.
extension RunConfiguration {
  /// Two steps, and measurements of two batches.
  mutating func makeFast() {
    epochs = 1
    self.trainingSamples = min(self.trainingSamples ?? .max, 2 * training.examplesPerStep)
    self.accuracySamples = min(self.accuracySamples, 2 * training.examplesPerStep)
    self.validationSamples = min(self.validationSamples ?? .max, 2 * training.examplesPerStep)
    self.testSamples = 2 * training.examplesPerStep
  }

  /// The first batches only, unchanged, which are measured on, too.
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

  /// Whether so many epochs as it was to be patient for have brought nothing better.
  func isOutOfPatience(_ history: History) -> Bool {
    guard let patience, let best = history.best, let last = history.epochs.last else { return false }
    return last.epoch - best.epoch >= patience
  }
}
