/// The units of several works, numbered consecutively.
struct Units {
  /// The first unit of each piece, and the end of the last.
  private let starts: [Int]

  init(_ counts: [Int]) {
    starts = counts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
  }

  var count: Int { starts.last ?? 0 }

  /// The pieces that a range intersects, each with its own sub-range of units.
  func parts(of range: Range<Int>) -> [(piece: Int, units: Range<Int>)] {
    (0..<starts.count - 1).compactMap { piece in
      let own = range.clamped(to: starts[piece]..<starts[piece + 1])
      return own.isEmpty
        ? nil : (piece, own.lowerBound - starts[piece]..<own.upperBound - starts[piece])
    }
  }
}
