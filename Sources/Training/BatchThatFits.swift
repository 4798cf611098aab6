import Programs

extension OutOfMemory {
  /// The same with the greatest batch that fits.
  ///
  /// A program is only a plan: nothing is allocated to find out.
  ///
  /// - Parameters:
  ///   - settings: those with which it does not fit.
  ///   - isEnough: whether there is memory for a step with batches of a size.
  func advising(_ settings: TrainingSettings, _ isEnough: (Int) throws -> Bool) -> OutOfMemory {
    let batchSize = settings.batchSize
    // A size that cannot be planned is no advice.
    func fits(_ batchSize: Int) -> Bool { (try? isEnough(batchSize)) ?? false }
    // A device that has less than it says can give no advice.
    guard !fits(batchSize) else { return self }
    var result = self
    if let batch = greatest(below: batchSize, where: fits) {
      result.advice = "A batch of \(batch) is the greatest that fits, instead of \(batchSize)"
    } else {
      let streaming = settings.dataResidency == .resident ? "stream the images, " : ""
      result.advice = "Not even a batch of one image fits: \(streaming)use a smaller model, or the CPU"
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
