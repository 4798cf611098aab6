/// The elements of a tensor in host memory, row-major: input to states, and output of runs.
public struct TensorValues: Hashable, Sendable {
  public let shape: Shape
  public let dtype: DType

  /// The elements in native byte order, `shape.count × dtype.byteCount` bytes.
  public let bytes: [UInt8]

  /// Wraps the bytes of elements of `dtype`.
  ///
  /// - Precondition: the number of bytes fits the shape.
  public init(bytes: [UInt8], shape: Shape, dtype: DType) {
    precondition(
      bytes.count == shape.count * dtype.byteCount,
      "\(bytes.count) bytes do not make a \(dtype)\(shape), which takes \(shape.count * dtype.byteCount)")
    self.bytes = bytes
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
  /// Integers saturate, and NaN becomes 0.
  ///
  /// - Precondition: there are as many as the shape has.
  public init(converting numbers: [Double], shape: Shape, to dtype: DType) {
    switch dtype {
    case .float32: self.init(numbers.map { Float($0) }, shape: shape)
    case .float64: self.init(numbers, shape: shape)
    case .int32: self.init(numbers.map { nearest(to: $0) as Int32 }, shape: shape)
    case .uint8: self.init(numbers.map { nearest(to: $0) as UInt8 }, shape: shape)
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

  /// The elements as float64, exact for every type.
  public var doubles: [Double] {
    switch dtype {
    case .float32: elements(as: Float.self).map(Double.init)
    case .float64: elements()
    case .int32: elements(as: Int32.self).map(Double.init)
    case .uint8: elements(as: UInt8.self).map(Double.init)
    }
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
