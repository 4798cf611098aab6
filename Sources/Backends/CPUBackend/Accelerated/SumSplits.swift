/// The number of splits of a long sum, each of which has partial sums of its own that are added afterwards.
///
/// It fixes the order of additions, and so the bits. So it follows from a kernel's sizes alone, not from the
/// number of threads or from the machine.
enum SumSplits {
  /// The least arithmetic of a split: some tens of microseconds.
  private static let leastFlops = 2 << 20

  /// The least arithmetic for each partial sum, which is written and read once more: then that costs some
  /// hundredths of the kernel's time.
  private static let leastFlopsPerSum = 4096

  /// Splits that are made even where partial sums cost more: for processors of some cores.
  private static let usual = 16

  /// - Parameters:
  ///   - flops: of the whole kernel.
  ///   - sums: the number of results, of which each split has a partial sum.
  ///   - most: what can be split at most, such as the number of images.
  static func splits(flops: Int, sums: Int, atMost most: Int) -> Int {
    max(1, min(most, max(usual, flops / max(leastFlops, sums * leastFlopsPerSum))))
  }

  /// The least number of elements of a split.
  static let leastElements = 16_384

  /// The splits of a reduction of elements that are in memory, or computed on the way.
  ///
  /// - Parameter sums: the number of results, of which each split has a partial sum.
  static func splits(elements: Int, sums: Int, atMost most: Int) -> Int {
    max(1, min(most, elements / max(leastElements, 4 * sums)))
  }

  /// The shares of a pass over elements that accumulates other sums on its way.
  ///
  /// There may be many sums: of more than 32 shares all partial sums are at most a thirty-second of the elements.
  static func shares(elements: Int, sums: Int, atMost most: Int) -> Int {
    min(most, max(32, elements / (32 * max(sums, 1))))
  }
}
