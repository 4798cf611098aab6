/// The size of one image: channels, rows, columns, in memory order.
public struct ImageShape: Hashable, Sendable {
  public let channels: Int
  public let height: Int
  public let width: Int

  /// - Precondition: every size is positive, and their product fits into an `Int`.
  public init(channels: Int, height: Int, width: Int) {
    precondition(
      channels > 0 && height > 0 && width > 0,
      "an image of \(channels)×\(height)×\(width) has no pixels")
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// The number of values of an image: channels × height × width.
  public var count: Int { channels * height * width }
}

extension ImageShape: CustomStringConvertible {
  /// For example "1×28×28".
  public var description: String { "\(channels)×\(height)×\(width)" }
}
