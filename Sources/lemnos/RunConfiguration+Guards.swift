import Lemnos

/// Short runs that show whether a long one is worth beginning, and when it is no longer worth going on.
extension RunConfiguration {
  /// Two steps, and measurements of two batches.
  mutating func makeFast() {
    epochs = 1
    trainingSamples = min(trainingSamples ?? .max, 2 * batchSize)
    accuracySamples = min(accuracySamples, 2 * batchSize)
    validationSamples = min(validationSamples ?? .max, 2 * batchSize)
    testSamples = 2 * batchSize
  }

  /// The first batches only, unchanged, which are measured on, too.
  mutating func overfit(batches: Int) throws {
    guard batches > 0 else {
      throw Failure(
        "a network cannot learn \(batches) batches by heart: give --overfit-batches at least 1", code: 64)
    }
    let (product, overflows) = batches.multipliedReportingOverflow(by: batchSize)
    let images = overflows ? .max : product
    trainingSamples = images
    accuracySamples = images
    validation = 0
    augmentation = .none
  }

  /// Whether so many epochs as it was to be patient for have brought nothing better.
  func isOutOfPatience(_ history: History) -> Bool {
    guard let patience, let best = history.best, let last = history.epochs.last else { return false }
    return last.epoch - best.epoch >= patience
  }

  func checkPatience() throws {
    guard let patience, patience < 1 else { return }
    throw Failure("the patience is \(patience) epochs, but has to be at least 1", code: 64)
  }
}
