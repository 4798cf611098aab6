/// A range cut into pieces of one message each.
struct Pieces {
  private let range: Range<Int>
  private let length: Int

  init(_ range: Range<Int>, length: Int = Request.longest) { (self.range, self.length) = (range, length) }

  /// Elements of all pieces.
  var total: Int { range.count }

  var count: Int { (range.count + length - 1) / length }

  subscript(index: Int) -> Range<Int> {
    let start = range.lowerBound + index * length
    return start..<min(start + length, range.upperBound)
  }
}
