import Execution
import Programs
import Tensors

extension OutOfMemory {
  /// The same error with advice: the largest batch that fits, and whether recomputation helps.
  ///
  /// Programs are only planned: nothing is allocated.
  ///
  /// - Parameters:
  ///   - settings: those that do not fit.
  ///   - isEnough: true if there is memory for a step of a batch size and recomputation.
  func advising(
    _ settings: TrainingSettings, _ isEnough: (Int, Recomputation) throws -> Bool
  ) -> OutOfMemory {
    let batchSize = settings.batchSize
    // A size that cannot be planned is no advice.
    func fits(_ batchSize: Int, _ recomputation: Recomputation) -> Bool {
      (try? isEnough(batchSize, recomputation)) ?? false
    }
    // A device that has less memory than it reports allows no advice.
    guard !fits(batchSize, settings.recomputation) else { return self }
    var result = self
    let batch = greatest(below: batchSize) { fits($0, settings.recomputation) }
    if settings.recomputation != .blocks, fits(batchSize, .blocks) {
      result.advice =
        "With --recompute blocks a batch of \(batchSize) fits"
        + (batch.map { "; without, \($0) is the greatest that does" } ?? "")
    } else if let batch {
      result.advice = "A batch of \(batch) is the greatest that fits, instead of \(batchSize)"
    } else {
      let streaming = settings.dataResidency == .resident ? "stream the images, " : ""
      result.advice =
        "Not even a batch of one image fits: \(streaming)use a smaller model, or "
        + (isCutByRequest ? "a higher memory limit" : "the CPU")
    }
    return result
  }
}

/// The greatest number from 1 and below a bound that is accepted, if acceptance is monotonic.
func greatest(below bound: Int, where accepts: (Int) -> Bool) -> Int? {
  var (accepted, refused) = (0, bound)
  while refused - accepted > 1 {
    let middle = (accepted + refused) / 2
    if accepts(middle) { accepted = middle } else { refused = middle }
  }
  return accepted > 0 ? accepted : nil
}
