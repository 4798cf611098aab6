/// How much memory programs can have on a backend, in bytes.
public struct DeviceMemory: Encodable, Hashable, Sendable {
  /// All that there is, whoever uses it; nil where nobody says.
  public let byteCount: Int?

  /// What is left of it for this process; nil where that is found out only by asking for it.
  public let available: Int?

  /// The most that can be had in one piece, such as a state or a piece of an arena; nil for as much as there is.
  public let largestPiece: Int?

  /// The largest value that a kernel can reach; nil for as much as there is.
  public let largestValue: Int?

  /// Whether there would be more, had nobody set a limit.
  package let isCutByRequest: Bool

  private enum CodingKeys: CodingKey {
    case byteCount, available, largestPiece, largestValue
  }

  public init(byteCount: Int?, available: Int? = nil, largestPiece: Int? = nil, largestValue: Int? = nil) {
    self.init(
      byteCount: byteCount, available: available, largestPiece: largestPiece, largestValue: largestValue,
      isCutByRequest: false)
  }

  private init(
    byteCount: Int?, available: Int?, largestPiece: Int?, largestValue: Int?, isCutByRequest: Bool
  ) {
    self.byteCount = byteCount
    self.available = available
    self.largestPiece = largestPiece
    self.largestValue = largestValue
    self.isCutByRequest = isCutByRequest
  }

  /// What a limit leaves of it.
  ///
  /// - Parameters:
  ///   - limit: bytes; nil for none.
  ///   - taken: what programs have of them already.
  package func limited(to limit: Int?, taken: Int) -> DeviceMemory {
    guard let limit else { return self }
    let free = available ?? max(0, (byteCount ?? .max) - taken)
    let left = max(0, limit - taken)
    return DeviceMemory(
      byteCount: min(byteCount ?? .max, limit), available: min(free, left), largestPiece: largestPiece,
      largestValue: largestValue, isCutByRequest: left < free)
  }

  /// What programs can have together.
  package var limit: Int? { available ?? byteCount }

  /// Whether a program may be refused by what is known before anything is allocated.
  package var isLimited: Bool { available != nil || largestPiece != nil || largestValue != nil }
}
