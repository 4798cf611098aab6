/// How much memory programs can have on a backend, in bytes.
public struct DeviceMemory: Encodable, Hashable, Sendable {
  /// All that there is, whoever uses it; nil where nobody says.
  public let byteCount: Int?

  /// The most that can be had in one piece, such as the arena of a program; nil for as much as there is.
  public let largestPiece: Int?

  /// The largest value that a kernel can reach; nil for as much as there is.
  public let largestValue: Int?

  public init(byteCount: Int?, largestPiece: Int? = nil, largestValue: Int? = nil) {
    self.byteCount = byteCount
    self.largestPiece = largestPiece
    self.largestValue = largestValue
  }
}
