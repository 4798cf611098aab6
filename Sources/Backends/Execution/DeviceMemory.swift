/// The memory limits of a backend, in bytes.
public struct DeviceMemory: Encodable, Hashable, Sendable {
  /// Total device memory; nil if unknown.
  public let byteCount: Int?

  /// Memory still available to this process; nil if only an allocation can tell.
  public let available: Int?

  /// The largest single allocation, such as a state or a block of an arena; nil if unlimited.
  public let largestPiece: Int?

  /// The largest value that a kernel can address; nil if unlimited.
  public let largestValue: Int?

  /// True if a limit set by the user, not the device, bounds the memory.
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

  /// The memory under a user-set limit.
  ///
  /// - Parameters:
  ///   - limit: bytes; nil for none.
  ///   - taken: bytes already allocated by programs.
  package func limited(to limit: Int?, taken: Int) -> DeviceMemory {
    guard let limit else { return self }
    let free = available ?? max(0, (byteCount ?? .max) - taken)
    let left = max(0, limit - taken)
    return DeviceMemory(
      byteCount: min(byteCount ?? .max, limit), available: min(free, left), largestPiece: largestPiece,
      largestValue: largestValue, isCutByRequest: left < free)
  }

  /// The memory available to all programs together.
  package var limit: Int? { available ?? byteCount }

  /// True if some limit is known before allocation, so that a program can be refused by it.
  package var isLimited: Bool { available != nil || largestPiece != nil || largestValue != nil }
}
