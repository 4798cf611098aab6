/// How much memory programs can have on a backend, in bytes.
public struct DeviceMemory: Encodable, Hashable, Sendable {
  /// All that there is, whoever uses it; nil where nobody says.
  public let byteCount: Int?

  /// What is left of it for this process; nil where that is found out only by asking for it.
  public let available: Int?

  /// The most that can be had in one piece, such as the arena of a program; nil for as much as there is.
  public let largestPiece: Int?

  /// The largest value that a kernel can reach; nil for as much as there is.
  public let largestValue: Int?

  public init(byteCount: Int?, available: Int? = nil, largestPiece: Int? = nil, largestValue: Int? = nil) {
    self.byteCount = byteCount
    self.available = available
    self.largestPiece = largestPiece
    self.largestValue = largestValue
  }

  /// What programs can have together.
  package var limit: Int? { available ?? byteCount }

  /// Whether a program may be refused by what is known before anything is allocated.
  package var isLimited: Bool { available != nil || largestPiece != nil || largestValue != nil }
}
