public import Tensors

/// A source of examples that have the same fields.
///
/// They may be arrays, files, or computed on demand, and exceed the memory: a source not in memory is read
/// batch by batch while steps run.
public protocol DataSource: Sendable {
  /// The number of examples.
  var count: Int { get }

  /// The fields of each example.
  var fields: [DataField] { get }

  /// Copies some examples, field by field.
  ///
  /// - Parameters:
  ///   - rows: the examples' indices, from 0; repetitions are allowed.
  ///   - targets: for each field, in order, memory for as many examples, one after another.
  func read(_ rows: [Int], into targets: [UnsafeMutableRawBufferPointer]) throws

  /// All examples of a field, one after another, where they are in memory, or in a file as they would be there; nil
  /// where they have to be read.
  func bytes(ofField index: Int) -> Bytes?

  /// Identifies these examples; 0 for unknown.
  var checksum: UInt32 { get }

  /// True for examples that are others in each epoch of training. Such a source is streamed.
  var isDrawnAnew: Bool { get }

  /// The examples of an epoch of training, from 0: as many, with the same fields.
  func inEpoch(_ epoch: Int) -> any DataSource
}

extension DataSource {
  public func bytes(ofField index: Int) -> Bytes? { nil }
  public var checksum: UInt32 { 0 }
  public var isDrawnAnew: Bool { false }
  public func inEpoch(_ epoch: Int) -> any DataSource { self }

  /// True if all examples are in memory, or in a file as they would be there.
  public var isInMemory: Bool { fields.indices.allSatisfy { bytes(ofField: $0) != nil } }

  /// Bytes of one example.
  public var byteCountEach: Int { fields.reduce(0) { $0 + $1.byteCount } }

  /// All examples of a field, read if necessary.
  public func allValues(ofField index: Int) throws -> TensorValues {
    let field = fields[index]
    let bytes =
      try bytes(ofField: index)?.array ?? [[UInt8]](reading: Array(0..<count), of: self)[index]
    return TensorValues(bytes: bytes, shape: Shape([count] + field.shape.dimensions), dtype: field.dtype)
  }

  /// All examples of each field, read if they are not in memory.
  package func allBytes() throws -> [Bytes] {
    let known = fields.indices.compactMap { bytes(ofField: $0) }
    if known.count == fields.count { return known }
    return try [[UInt8]](reading: Array(0..<count), of: self).map { Bytes($0) }
  }

  /// Shows all examples of a field, some rows after others, in memory for some.
  package func forEachPart(ofField index: Int, _ body: (TensorValues) throws -> Void) throws {
    let field = fields[index]
    let rows = max(1, (1 << 20) / max(byteCountEach, 1))
    for first in stride(from: 0, to: count, by: rows) {
      let part = first..<min(first + rows, count)
      let size = field.byteCount
      let bytes =
        try bytes(ofField: index)?.part(part.lowerBound * size..<part.upperBound * size).array
        ?? [[UInt8]](reading: Array(part), of: self)[index]
      try body(
        TensorValues(bytes: bytes, shape: Shape([part.count] + field.shape.dimensions), dtype: field.dtype))
    }
  }

  /// Some examples of each field.
  public func values(ofRows rows: [Int]) throws -> [String: TensorValues] {
    let bytes = try [[UInt8]](reading: rows, of: self)
    return Dictionary(
      zip(fields, bytes).map { field, bytes in
        (
          field.name,
          TensorValues(bytes: bytes, shape: Shape([rows.count] + field.shape.dimensions), dtype: field.dtype)
        )
      }, uniquingKeysWith: { first, _ in first })
  }
}

extension [[UInt8]] {
  /// The content of some examples, field by field.
  fileprivate init(reading rows: [Int], of source: some DataSource) throws {
    var fields = source.fields.map { [UInt8](repeating: 0, count: $0.byteCount * rows.count) }
    /// Recursive, so that the buffers of all fields are accessible at once.
    func open(_ index: Int, _ targets: [UnsafeMutableRawBufferPointer]) throws {
      guard index < fields.count else { return try source.read(rows, into: targets) }
      var bytes: [UInt8] = []
      swap(&bytes, &fields[index])
      defer { swap(&bytes, &fields[index]) }
      try bytes.withUnsafeMutableBytes { try open(index + 1, targets + [$0]) }
    }
    try open(0, [])
    self = fields
  }
}
