/// The elements of a tensor in host memory, row-major: input to states, and output of runs.
public struct TensorValues: Hashable, Sendable {
  public let shape: Shape
  public let dtype: DType

  /// The elements in native byte order, `shape.count × dtype.byteCount` bytes.
  public let bytes: [UInt8]

  /// Wraps the bytes of elements of `dtype`; of `bool`, any but 0 is true, and becomes 1.
  ///
  /// - Precondition: the number of bytes fits the shape.
  public init(bytes: [UInt8], shape: Shape, dtype: DType) {
    precondition(
      bytes.count == shape.count * dtype.byteCount,
      "\(bytes.count) bytes do not make a \(dtype)\(shape), which takes \(shape.count * dtype.byteCount)")
    self.bytes = dtype == .bool && bytes.contains { $0 > 1 } ? bytes.map { $0 == 0 ? 0 : 1 } : bytes
    self.shape = shape
    self.dtype = dtype
  }

  /// Copies an array of elements.
  ///
  /// - Precondition: there are as many as the shape has.
  public init<Scalar: TensorScalar>(_ elements: [Scalar], shape: Shape) {
    self.init(bytes: elements.withUnsafeBytes { Array($0) }, shape: shape, dtype: Scalar.dtype)
  }

  /// Rounds each number to the nearest one of `dtype`, ties to even.
  ///
  /// Integers saturate, and NaN becomes 0; `bool` is true for all numbers but 0.
  ///
  /// - Precondition: there are as many as the shape has.
  public init(converting numbers: [Double], shape: Shape, to dtype: DType) {
    switch dtype {
    case .float32: self.init(numbers.map { Float($0) }, shape: shape)
    case .float64: self.init(numbers, shape: shape)
    case .int32: self.init(numbers.map { nearest(to: $0) as Int32 }, shape: shape)
    case .uint8: self.init(numbers.map { nearest(to: $0) as UInt8 }, shape: shape)
    case .int64: self.init(numbers.map { nearest(to: $0) as Int64 }, shape: shape)
    case .bool: self.init(numbers.map { $0 != 0 }, shape: shape)
    case .float16: self.init(numbers.map { Float16($0) }, shape: shape)
    case .bfloat16:
      let bits = numbers.map { BFloat16Bits.nearest(to: $0) }
      self.init(bytes: bits.withUnsafeBytes { Array($0) }, shape: shape, dtype: .bfloat16)
    }
  }

  /// The elements as an array of the corresponding Swift type.
  public func elements<Scalar: TensorScalar>(as type: Scalar.Type = Scalar.self) -> [Scalar] {
    precondition(Scalar.dtype == dtype, "these are \(dtype) values, not \(Scalar.dtype)")
    return bytes.withUnsafeBytes { raw in
      [Scalar](unsafeUninitializedCapacity: shape.count) { buffer, count in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: raw)
        count = shape.count
      }
    }
  }

  /// The elements as float64: exact, but for int64 beyond ±2⁵³, which become the nearest; true is 1, false 0.
  public var doubles: [Double] {
    switch dtype {
    case .float32: elements(as: Float.self).map(Double.init)
    case .float64: elements()
    case .int32: elements(as: Int32.self).map(Double.init)
    case .uint8, .bool: bytes.map(Double.init)
    case .int64: elements(as: Int64.self).map(Double.init)
    case .float16: elements(as: Float16.self).map(Double.init)
    case .bfloat16: bits16.map { Double(BFloat16Bits.value(of: $0)) }
    }
  }

  /// The elements of a type of whole numbers, exactly.
  var wholeNumbers: [Int] {
    dtype == .int64 ? elements(as: Int64.self).map { Int($0) } : doubles.map { nearest(to: $0) as Int }
  }

  /// The bit patterns of 16-bit elements.
  private var bits16: [UInt16] {
    bytes.withUnsafeBytes { raw in
      (0..<shape.count).map { raw.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self) }
    }
  }

  /// The elements in another type, as `init(converting:shape:to:)` rounds them.
  package func converted(to other: DType) -> TensorValues {
    other == dtype ? self : TensorValues(converting: doubles, shape: shape, to: other)
  }
}

extension TensorValues {
  /// The only element of a scalar or of a tensor with one element.
  ///
  /// - Precondition: there is one.
  public var scalar: Double {
    precondition(shape.count == 1, "a \(dtype)\(shape) has \(shape.count) elements, not one")
    return doubles[0]
  }
}

/// The nearest integer, ties to even, saturated; 0 for NaN.
private func nearest<Whole: FixedWidthInteger>(to number: Double) -> Whole {
  let whole = number.rounded(.toNearestOrEven)
  if let exact = Whole(exactly: whole) { return exact }
  return whole.isNaN ? 0 : whole < 0 ? .min : .max
}
