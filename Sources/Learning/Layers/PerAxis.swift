/// A size of a window along rows and columns: one number for both, `3`, or one for each, `[3, 5]`.
public protocol PerAxis: Sendable {
  /// The number for rows and the one for columns; of another count if more or fewer were given.
  var rowsAndColumns: [Int] { get }
}

extension Int: PerAxis {
  public var rowsAndColumns: [Int] { [self, self] }
}

extension Array: PerAxis where Element == Int {
  public var rowsAndColumns: [Int] { count == 1 ? [self[0], self[0]] : self }
}
