/// Examples that a function makes or fetches when they are asked for: of a file in a format of one's own, of a generator.
///
///     let source = ComputedSource(count: 60_000, [DataField("x", [2])]) { rows, targets in … }
public struct ComputedSource: DataSource {
  public let count: Int
  public let fields: [DataField]
  public let checksum: UInt32
  private let body: @Sendable ([Int], [UnsafeMutableRawBufferPointer]) throws -> Void

  /// - Parameters:
  ///   - checksum: tells these examples from others, so that a run does not go on with others unseen; 0 for unknown.
  ///   - read: see `DataSource.read`. The same row has to give the same values each time.
  public init(
    count: Int, _ fields: [DataField], checksum: UInt32 = 0,
    read: @escaping @Sendable (_ rows: [Int], _ targets: [UnsafeMutableRawBufferPointer]) throws -> Void
  ) {
    (self.count, self.fields, self.checksum, body) = (count, fields, checksum, read)
  }

  public func read(_ rows: [Int], into targets: [UnsafeMutableRawBufferPointer]) throws {
    try body(rows, targets)
  }
}
