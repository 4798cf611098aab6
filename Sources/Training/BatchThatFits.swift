import Programs
import Tensors

extension OutOfMemory {
  /// The same with the greatest batch that fits, and whether it helps to recompute blocks.
  ///
  /// A program is only a plan: nothing is allocated to find out.
  ///
  /// - Parameters:
  ///   - settings: those with which it does not fit.
  ///   - isEnough: whether there is memory for a step with batches of a size that recomputes so much.
  func advising(
    _ settings: TrainingSettings, _ isEnough: (Int, Recomputation) throws -> Bool
  ) -> OutOfMemory {
    let batchSize = settings.batchSize
    // A size that cannot be planned is no advice.
    func fits(_ batchSize: Int, _ recomputation: Recomputation) -> Bool {
      (try? isEnough(batchSize, recomputation)) ?? false
    }
    // A device that has less than it says can give no advice.
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

/// The greatest number from 1 that is accepted, of those below a bound, if small ones are rather accepted than great ones.
func greatest(below bound: Int, where accepts: (Int) -> Bool) -> Int? {
  var (accepted, refused) = (0, bound)
  while refused - accepted > 1 {
    let middle = (accepted + refused) / 2
    if accepts(middle) { accepted = middle } else { refused = middle }
  }
  return accepted > 0 ? accepted : nil
}
