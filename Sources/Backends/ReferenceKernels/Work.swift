/// A kernel ready to run over a range, which may be split anywhere among threads.
package struct Work {
  /// The range is 0 ..< `extent`.
  package let extent: Int

  /// The least number of units for which another thread pays: fewer would cost more to hand over than to compute.
  package let grain: Int

  package let body: (Range<Int>) -> Void

  package init(extent: Int, grain: Int, body: @escaping (Range<Int>) -> Void) {
    (self.extent, self.grain, self.body) = (extent, grain, body)
  }
}

extension Work {
  /// Pieces per grain, so that two threads' parts differ by less than a grain.
  private static let piecesPerGrain = 4

  /// More than many threads need to finish at about the same time.
  private static let mostPieces = 1 << 14

  /// The number of pieces that threads take: by the kernel's sizes alone, whatever the number of threads.
  package var pieceCount: Int {
    let grain = max(grain, 1)
    guard extent >= 2 * grain else { return 1 }
    return min(extent, extent * Work.piecesPerGrain / grain, Work.mostPieces)
  }

  /// The pieces of a grain, the least that a thread takes at a time.
  package var leastPieces: Int { max(1, pieceCount * max(grain, 1) / max(extent, 1)) }

  /// The number of threads that have a grain to do each, at most.
  package func threadCount(of most: Int) -> Int { max(1, min(most, extent / max(grain, 1))) }

  /// The part of the range that some pieces are.
  package func range(ofPieces pieces: Range<Int>) -> Range<Int> {
    let count = pieceCount
    return extent * pieces.lowerBound / count..<extent * pieces.upperBound / count
  }
}
