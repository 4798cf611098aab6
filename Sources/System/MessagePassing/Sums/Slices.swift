/// The slice of a bucket that each rank adds up for the others.
package struct Slices: Hashable, Sendable {
  /// Numbers of the bucket.
  package let count: Int
  package let rankCount: Int

  /// Slices begin at multiples of 16 numbers, a cache line of floats, which vector kernels like too.
  private static let grain = 16

  package init(count: Int, rankCount: Int) { (self.count, self.rankCount) = (count, rankCount) }

  /// The numbers of a rank; none for some ranks of a small bucket.
  package subscript(rank: Int) -> Range<Int> { start(rank)..<start(rank + 1) }

  private func start(_ rank: Int) -> Int {
    let grains = (count + Self.grain - 1) / Self.grain
    return min(count, Self.grain * (rank * grains / rankCount))
  }
}
