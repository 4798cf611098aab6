/// Looks for the largest batch whose load is at most 1, asking for the loads of as few as possible.
///
/// Memory is all but linear in the size of the batch. So the next one to ask for is where a line through the last two
/// loads reaches 1; and where that does not narrow the search from both sides, the middle.
package struct BatchSearch {
  package struct Sample: Hashable {
    let batchSize: Int
    let load: Double

    package init(batchSize: Int, load: Double) { (self.batchSize, self.load) = (batchSize, load) }
  }

  /// The largest that is known to fit, from 0, and the smallest that is known not to, or is too large anyway.
  private var low = 0
  private var high: Int
  private var samples: [Sample]
  /// How often in a row the same side has moved.
  private var moves = (low: 0, high: 0)

  /// - Parameter least: the load that would be left of a batch of nothing.
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

  /// The next size to ask for; nil when the answer is known.
  package var next: Int? {
    guard high - low > 1 else { return nil }
    let middle = low + (high - low) / 2
    guard moves.low < 3, moves.high < 3 else { return middle }
    let (a, b) = (samples[0], samples[samples.count - 1])
    let slope = (b.load - a.load) / Double(b.batchSize - a.batchSize)
    // Nothing grows, as far as can be seen.
    guard slope > 0 else { return b.load > 1 ? middle : high - 1 }
    let guess = (Double(b.batchSize) + (1 - b.load) / slope).rounded(.down)
    return Int(min(max(guess, Double(low + 1)), Double(high - 1)))
  }

  /// The answer, when there is nothing left to ask; nil if not even one image fits.
  package var found: Int? { low > 0 ? low : nil }
}
