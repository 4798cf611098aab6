public import Tensors

/// A selection of a source's examples, in its own order.
public struct DataSubset: DataSource {
  private let source: any DataSource
  private let rows: [Int]
  /// The rows where they follow one another, as they do on both sides of a split; nil where they do not.
  private let run: Range<Int>?

  public var count: Int { rows.count }
  public var fields: [DataField] { source.fields }

  /// The checksum of the row indices and the source.
  public var checksum: UInt32 {
    rows.withUnsafeBytes { CRC32.checksum(of: $0, continuing: source.checksum) }
  }

  public init(_ rows: some Sequence<Int>, of source: any DataSource) {
    let rows = Array(rows)
    self.source = source
    let first = rows.first ?? 0
    let isRun = rows.indices.allSatisfy { rows[$0] == first + $0 }
    run = isRun ? first..<first + rows.count : nil
    self.rows = rows
    precondition(
      rows.allSatisfy { (0..<source.count).contains($0) }, "rows lie in 0..<\(source.count)")
  }

  public var isDrawnAnew: Bool { source.isDrawnAnew }

  public func inEpoch(_ epoch: Int) -> any DataSource {
    isDrawnAnew ? DataSubset(self, of: source.inEpoch(epoch)) : self
  }

  /// The same rows of another source.
  private init(_ subset: DataSubset, of source: any DataSource) {
    (self.source, rows, run) = (source, subset.rows, subset.run)
  }

  public func read(_ rows: [Int], into targets: [UnsafeMutableRawBufferPointer]) throws {
    try source.read(rows.map { self.rows[$0] }, into: targets)
  }

  /// A part of the source's where rows follow one another, else a copy.
  public func bytes(ofField index: Int) -> Bytes? {
    guard let all = source.bytes(ofField: index) else { return nil }
    let size = fields[index].byteCount
    if let run { return all.part(run.lowerBound * size..<run.upperBound * size) }
    let bytes = [UInt8](unsafeUninitializedCapacity: size * rows.count) { buffer, filled in
      filled = size * rows.count
      all.copyRows(
        rows, of: size,
        to: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<filled]))
    }
    return Bytes(bytes)
  }
}

extension DataSource {
  /// The first examples, or all if there are fewer.
  public func prefix(_ count: Int) -> any DataSource {
    count >= self.count ? self : DataSubset(0..<max(count, 0), of: self)
  }

  /// The examples in a random order, for holding out some at the end of a sorted file.
  ///
  /// - Precondition: there are at most 2³⁰.
  public func shuffled(seed: UInt64) -> any DataSource {
    guard count > 1 else { return self }
    let order = ShuffledOrder(count: UInt32(count), key: Philox.key(of: seed), epoch: 0)
    return DataSubset((0..<UInt32(count)).lazy.map { Int(order.number(at: $0)) }, of: self)
  }

  /// Splits off some examples at the end.
  ///
  /// - Precondition: there are as many.
  public func split(last count: Int) -> (first: any DataSource, last: any DataSource) {
    (DataSubset(0..<self.count - count, of: self), DataSubset(self.count - count..<self.count, of: self))
  }
}
