public import Tensors

/// Examples in memory: tensors with one row per example.
///
///     let data = try ArraySource(["x": TensorValues(xs, shape: [n, 13]), "y": TensorValues(ys, shape: [n])])
public struct ArraySource: DataSource {
  public let count: Int
  public let fields: [DataField]
  private let columns: [Bytes]

  /// - Throws: `DatasetError` for no fields, for a scalar, and for fields of different numbers of rows.
  public init(_ fields: KeyValuePairs<String, TensorValues>) throws(DatasetError) {
    try self.init(fields.map { (key: $0, value: $1) })
  }

  /// The same from a list.
  public init(_ fields: [(key: String, value: TensorValues)]) throws(DatasetError) {
    guard let first = fields.first else {
      throw DatasetError(.unusable, "examples without fields cannot be learned from")
    }
    for (name, values) in fields where values.shape.rank == 0 {
      throw DatasetError(.unusable, "the field '\(name)' is one number, and no row of it for each example")
    }
    count = first.value.shape[0]
    for (name, values) in fields where values.shape[0] != count {
      throw DatasetError(
        .unusable,
        "the field '\(name)' has \(values.shape[0]) rows, \(values.shape), where '\(first.key)' has \(count), \(first.value.shape)"
      )
    }
    self.fields = fields.map { name, values in
      DataField(name, Shape(Array(values.shape.dimensions.dropFirst())), dtype: values.dtype)
    }
    columns = fields.map { Bytes($0.value.bytes) }
  }

  /// Of fields with as many rows each, whose bytes are there.
  init(count: Int, _ columns: [(field: DataField, bytes: Bytes)]) {
    (self.count, fields, self.columns) = (count, columns.map(\.field), columns.map(\.bytes))
    precondition(
      columns.allSatisfy { $0.bytes.count == count * $0.field.byteCount }, "fields have \(count) rows each")
  }

  public var checksum: UInt32 {
    columns.reduce(0) { sum, column in CRC32.checksum(of: column, continuing: sum) }
  }

  public func read(_ rows: [Int], into targets: [UnsafeMutableRawBufferPointer]) {
    for (column, (field, target)) in zip(columns, zip(fields, targets)) {
      column.copyRows(rows, of: field.byteCount, to: target)
    }
  }

  public func bytes(ofField index: Int) -> Bytes? { columns[index] }
}

extension Bytes {
  /// Copies rows of so many bytes, one after another.
  func copyRows(_ rows: [Int], of byteCount: Int, to target: UnsafeMutableRawBufferPointer) {
    guard byteCount > 0 else { return }
    for (index, row) in rows.enumerated() {
      let place = target[index * byteCount..<(index + 1) * byteCount]
      copy(from: row * byteCount, to: UnsafeMutableRawBufferPointer(rebasing: place))
    }
  }
}
