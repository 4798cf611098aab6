public import Tensors

/// Examples in memory: tensors with one row per example.
///
///     let data = try ArraySource(["x": TensorValues(xs, shape: [n, 13]), "y": TensorValues(ys, shape: [n])])
public struct ArraySource: DataSource {
  public let count: Int
  public let fields: [DataField]
  public let checksum: UInt32
  private let columns: [TensorValues]

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
    columns = fields.map(\.value)
    checksum = columns.reduce(0) { sum, column in CRC32.checksum(of: column.bytes, continuing: sum) }
  }

  public func read(_ rows: [Int], into targets: [UnsafeMutableRawBufferPointer]) {
    for (column, (field, target)) in zip(columns, zip(fields, targets)) {
      column.bytes.withUnsafeBytes { $0.copyRows(rows, of: field.byteCount, to: target) }
    }
  }

  public func values(ofField index: Int) -> TensorValues? { columns[index] }
}

extension UnsafeRawBufferPointer {
  /// Copies rows of `byteCount` bytes, one after another.
  func copyRows(_ rows: [Int], of byteCount: Int, to target: UnsafeMutableRawBufferPointer) {
    guard byteCount > 0, let base = baseAddress, let place = target.baseAddress else { return }
    for (index, row) in rows.enumerated() {
      precondition((row + 1) * byteCount <= count, "row \(row) of \(count / byteCount)")
      place.advanced(by: index * byteCount)
        .copyMemory(from: base.advanced(by: row * byteCount), byteCount: byteCount)
    }
  }
}
