/// Searches the largest batch size with a load of at most 1, with as few evaluations of the load as possible.
///
/// Memory is nearly linear in the batch size. So the next size is where a line through the last two loads
/// reaches 1; if that does not narrow the search from both sides, the middle (bisection).
package struct BatchSearch {
  package struct Sample: Hashable {
    let batchSize: Int
    let load: Double

    package init(batchSize: Int, load: Double) { (self.batchSize, self.load) = (batchSize, load) }
  }

  /// The largest size known to fit, from 0, and the smallest known not to, or beyond the maximum.
  private var low = 0
  private var high: Int
  private var samples: [Sample]
  /// The number of consecutive moves of each bound.
  private var moves = (low: 0, high: 0)

  /// - Parameter least: the load of an empty batch.
  package init(upTo most: Int, knowing known: Sample, least: Double) {
    high = most + 1
    samples = [Sample(batchSize: 0, load: least)]
    add(known)
  }

  package mutating func add(_ sample: Sample) {
    samples = samples.suffix(1) + [sample]
    if sample.load <= 1 {
      low = max(low, sample.batchSize)
      moves = (moves.low + 1, 0)
    } else {
      high = min(high, sample.batchSize)
      moves = (0, moves.high + 1)
    }
  }

  /// The next size to evaluate; nil when the answer is known.
  package var next: Int? {
    guard high - low > 1 else { return nil }
    let middle = low + (high - low) / 2
    guard moves.low < 3, moves.high < 3 else { return middle }
    let (a, b) = (samples[0], samples[samples.count - 1])
    let slope = (b.load - a.load) / Double(b.batchSize - a.batchSize)
    // No measurable growth.
    guard slope > 0 else { return b.load > 1 ? middle : high - 1 }
    let guess = (Double(b.batchSize) + (1 - b.load) / slope).rounded(.down)
    return Int(min(max(guess, Double(low + 1)), Double(high - 1)))
  }

  /// The answer, once `next` is nil; nil if not even one example fits.
  package var found: Int? { low > 0 ? low : nil }
}
