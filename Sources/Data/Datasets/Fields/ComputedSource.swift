/// Examples computed or fetched on demand by a function: from a custom file format, or a generator.
///
///     let source = ComputedSource(count: 60_000, [DataField("x", [2])]) { rows, targets in … }
public struct ComputedSource: DataSource {
  public let count: Int
  public let fields: [DataField]
  public let checksum: UInt32
  private let body: @Sendable ([Int], [UnsafeMutableRawBufferPointer]) throws -> Void

  /// - Parameters:
  ///   - checksum: identifies these examples, so that a run is not resumed on others unnoticed; 0 for
  ///     unknown.
  ///   - read: see `DataSource.read`. It must be deterministic.
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
