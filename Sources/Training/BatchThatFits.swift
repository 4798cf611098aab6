import Programs

extension OutOfMemory {
  /// The same with the greatest batch that fits.
  ///
  /// A program is only a plan: nothing is allocated to find out.
  ///
  /// - Parameter shortage: what a step with other settings would lack.
  func advising(
    _ settings: TrainingSettings, _ shortage: (TrainingSettings) throws -> OutOfMemory?
  ) -> OutOfMemory {
    func fits(_ batchSize: Int) -> Bool {
      var smaller = settings
      smaller.batchSize = batchSize
      // A size that cannot be planned is no advice.
      do { return try shortage(smaller) == nil } catch { return false }
    }
    // A device that has less than it says can give no advice.
    guard !fits(settings.batchSize) else { return self }
    var result = self
    if let batch = greatest(below: settings.batchSize, where: fits) {
      result.advice = "A batch of \(batch) is the greatest that fits, instead of \(settings.batchSize)"
    } else {
      result.advice =
        "Not even a batch of one image fits: use fewer images, a smaller model, or the CPU"
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
