import Lemnos

/// Short smoke-test runs before a long one, and early stopping.
extension RunConfiguration {
  /// Smoke test: two steps, and evaluation on two batches.
  mutating func makeFast() {
    epochs = 1
    trainingSamples = min(trainingSamples ?? .max, 2 * batchSize)
    accuracySamples = min(accuracySamples, 2 * batchSize)
    validationSamples = min(validationSamples ?? .max, 2 * batchSize)
    testSamples = 2 * batchSize
  }

  /// Overfitting check: trains on the first batches only, without augmentation, and evaluates on them.
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

  /// True if the best epoch is `patience` or more epochs ago (early stopping).
  func isOutOfPatience(_ history: History) -> Bool {
    guard let patience, let best = history.best, let last = history.epochs.last else { return false }
    return last.epoch - best.epoch >= patience
  }

  func checkPatience() throws {
    guard let patience, patience < 1 else { return }
    throw Failure("the patience is \(patience) epochs, but has to be at least 1", code: 64)
  }
}
