/// What becomes of the places at which a text is cut.
enum SplitBehavior: String, Hashable, Sendable {
  /// They are left out.
  case removed = "Removed"
  /// Each is a piece.
  case isolated = "Isolated"
  /// They belong to what comes before.
  case mergedWithPrevious = "MergedWithPrevious"
  /// They belong to what comes after.
  case mergedWithNext = "MergedWithNext"
  /// Those that follow one another are one piece.
  case contiguous = "Contiguous"

  /// The pieces of a text.
  ///
  /// - Parameter parts: the text in parts, each of which is a match or what lies between matches.
  func pieces(of parts: [(range: Range<Int>, isMatch: Bool)]) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    switch self {
    case .removed: pieces = parts.filter { !$0.isMatch }.map(\.range)
    case .isolated: pieces = parts.map(\.range)
    case .contiguous:
      var last: Bool?
      for (range, isMatch) in parts {
        if last == isMatch, let piece = pieces.popLast() {
          pieces.append(piece.lowerBound..<range.upperBound)
        } else {
          pieces.append(range)
        }
        last = isMatch
      }
    case .mergedWithPrevious:
      var last = false
      for (range, isMatch) in parts {
        if isMatch, !last, let piece = pieces.popLast() {
          pieces.append(piece.lowerBound..<range.upperBound)
        } else {
          pieces.append(range)
        }
        last = isMatch
      }
    case .mergedWithNext:
      var last = false
      for (range, isMatch) in parts.reversed() {
        if isMatch, !last, let piece = pieces.popLast() {
          pieces.append(range.lowerBound..<piece.upperBound)
        } else {
          pieces.append(range)
        }
        last = isMatch
      }
      pieces.reverse()
    }
    return pieces.filter { !$0.isEmpty }
  }
}
