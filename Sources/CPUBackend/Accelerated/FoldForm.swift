import Programs

/// How the elements of a segment with sums lie, and into which pieces a walk through them is cut.
///
/// Pieces do not depend on the number of threads; each has totals of its own, or totals that are its alone.
struct FoldForm {
  enum Kind {
    /// Each row has a total.
    case rows
    /// Neighbouring columns have totals, in each of the outer places.
    case columns
    /// Rows some way apart have one total.
    case interleaved
  }

  let kind: Kind

  /// How many totals there are, and in how many sets of them.
  let keptCount, cuts: Int

  /// What a walk is cut into: some rows each, or cuts of the outer places.
  let unitCount: Int

  /// Of the units, in how many shares a walk takes them that leaves totals of all elements with each.
  var shareCount: Int { min(unitCount, FoldForm.maximumCuts) }

  private let outer, reduced, inner: Int

  /// Elements of a cut, at least.
  private static let cutCount = 16_384
  private static let maximumCuts = 32

  init(_ domain: Domain) {
    guard !domain.isInterleaved else {
      kind = .interleaved
      keptCount = domain.keptCount
      // So many rows, of so many elements each.
      (outer, reduced, inner) = (domain.axes[0].extent * keptCount, domain.axes[2].extent, 1)
      cuts = max(1, min(FoldForm.maximumCuts, domain.count / FoldForm.cutCount, outer))
      unitCount = cuts
      return
    }
    (outer, reduced, inner) = domain.extents
    keptCount = outer * inner
    kind = inner == 1 ? .rows : .columns
    guard inner > 1 else {
      // Rows are not cut: there are many, or they are short. But a chain's blocks, which begin with its range, may end within one.
      cuts = 1
      let perUnit = FoldForm.rowsPerUnit(of: reduced)
      unitCount = (outer + perUnit - 1) / perUnit
      return
    }
    cuts = max(1, min(FoldForm.maximumCuts, domain.count / FoldForm.cutCount / outer, reduced))
    unitCount = outer * cuts
  }

  private static func rowsPerUnit(of length: Int) -> Int { max(1, cutCount / 2 / length) }

  func fold(_ part: Int, in chain: inout PartChain) {
    chain.fold(part, reduced: reduced, inner: inner, rows: kind == .interleaved ? keptCount : 0)
  }

  /// The elements of some units, piece by piece, with the totals that are theirs: where they begin and how many they are.
  func forEachPiece(
    of units: Range<Int>, _ body: (_ elements: Range<Int>, _ offset: Int, _ count: Int) -> Void
  ) {
    for unit in units {
      if kind == .rows {
        let perUnit = FoldForm.rowsPerUnit(of: reduced)
        let rows = unit * perUnit..<min((unit + 1) * perUnit, outer)
        body(rows.lowerBound * reduced..<rows.upperBound * reduced, rows.lowerBound, rows.count)
      } else if kind == .interleaved {
        let rows = outer * unit / cuts..<outer * (unit + 1) / cuts
        body(rows.lowerBound * reduced..<rows.upperBound * reduced, unit * keptCount, keptCount)
      } else {
        let (place, cut) = (unit / cuts, unit % cuts)
        let rows = place * reduced + reduced * cut / cuts..<place * reduced + reduced * (cut + 1) / cuts
        body(rows.lowerBound * inner..<rows.upperBound * inner, cut * keptCount + place * inner, inner)
      }
    }
  }
}
