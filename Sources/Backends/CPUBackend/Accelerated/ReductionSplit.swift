import Programs

/// The memory order of the elements of a reduction, and the partition of a pass over them into units.
///
/// Units do not depend on the number of threads; each has partial sums of its own, or owns some totals.
struct ReductionSplit {
  enum Kind {
    /// One total per row.
    case rows
    /// One total per column of an outer index.
    case columns
    /// Rows at a fixed distance share a total.
    case interleaved
  }

  let kind: Kind

  /// The number of totals, and the number of splits with a set of partial sums each.
  let keptCount, count: Int

  /// Units of a pass: some rows each, or splits of an outer index.
  let unitCount: Int

  /// The number of shares of a pass with partial sums of a secondary reduction.
  ///
  /// - Parameter sums: those of the secondary reduction.
  func shareCount(sums: Int) -> Int {
    SumSplits.shares(elements: outer * reduced * inner, sums: sums, atMost: unitCount)
  }

  private let outer, reduced, inner: Int

  init(_ space: IterationSpace) {
    guard !space.isInterleaved else {
      kind = .interleaved
      keptCount = space.keptCount
      // The outer and inner kept axes as rows of `reduced` elements each.
      (outer, reduced, inner) = (space.axes[0].extent * keptCount, space.axes[2].extent, 1)
      count = SumSplits.splits(elements: space.count, sums: keptCount, atMost: outer)
      unitCount = count
      return
    }
    (outer, reduced, inner) = space.extents
    keptCount = outer * inner
    kind = inner == 1 ? .rows : .columns
    guard inner > 1 else {
      // Rows are not split: there are many, or they are short. A chain's blocks start with its range, and may
      // end within a row.
      count = 1
      let perUnit = ReductionSplit.rowsPerUnit(of: reduced)
      unitCount = (outer + perUnit - 1) / perUnit
      return
    }
    count = SumSplits.splits(elements: space.count / outer, sums: inner, atMost: reduced)
    unitCount = outer * count
  }

  private static func rowsPerUnit(of length: Int) -> Int { max(1, SumSplits.leastElements / 2 / length) }

  func reduce(_ part: Int, in chain: inout PartChain) {
    chain.reduce(part, reduced: reduced, inner: inner, rows: kind == .interleaved ? keptCount : 0)
  }

  /// Calls `body` for each contiguous piece of some units, with the offset and count of the totals it writes.
  func forEachPiece(
    of units: Range<Int>, _ body: (_ elements: Range<Int>, _ offset: Int, _ count: Int) -> Void
  ) {
    for unit in units {
      if kind == .rows {
        let perUnit = ReductionSplit.rowsPerUnit(of: reduced)
        let rows = unit * perUnit..<min((unit + 1) * perUnit, outer)
        body(rows.lowerBound * reduced..<rows.upperBound * reduced, rows.lowerBound, rows.count)
      } else if kind == .interleaved {
        let rows = outer * unit / count..<outer * (unit + 1) / count
        body(rows.lowerBound * reduced..<rows.upperBound * reduced, unit * keptCount, keptCount)
      } else {
        let (row, part) = (unit / count, unit % count)
        let rows = row * reduced + reduced * part / count..<row * reduced + reduced * (part + 1) / count
        body(rows.lowerBound * inner..<rows.upperBound * inner, part * keptCount + row * inner, inner)
      }
    }
  }
}
