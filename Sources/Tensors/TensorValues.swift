/// The elements of a tensor in host memory, row-major: what goes into a state, and what comes out of a run.
public struct TensorValues: Hashable, Sendable {
  public let shape: Shape
  public let dtype: DType

  /// The elements in the machine's byte order, `shape.count × dtype.byteCount` bytes.
  public let bytes: [UInt8]

  /// Wraps bytes that already hold elements of `dtype`.
  ///
  /// - Precondition: there are as many as the shape takes.
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

  /// Rounds each number to the nearest one that `dtype` can hold, ties to even.
  ///
  /// Of integers the greatest or the least is the nearest to what is beyond them, and NaN, to which none is near, becomes 0.
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

  /// The elements as an array of the Swift type that stands for `dtype`.
  public func elements<Scalar: TensorScalar>(as type: Scalar.Type = Scalar.self) -> [Scalar] {
    precondition(Scalar.dtype == dtype, "these are \(dtype) values, not \(Scalar.dtype)")
    return bytes.withUnsafeBytes { raw in
      [Scalar](unsafeUninitializedCapacity: shape.count) { buffer, count in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: raw)
        count = shape.count
      }
    }
  }

  /// The elements as float64, whatever their type: exact for every type there is.
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
  /// The only element, of a scalar or of a tensor with one element.
  ///
  /// - Precondition: there is one.
  public var scalar: Double {
    precondition(shape.count == 1, "a \(dtype)\(shape) has \(shape.count) elements, not one")
    return doubles[0]
  }
}

/// The integer that is nearest to a number, ties to even; 0 for NaN.
private func nearest<Whole: FixedWidthInteger>(to number: Double) -> Whole {
  let whole = number.rounded(.toNearestOrEven)
  if let exact = Whole(exactly: whole) { return exact }
  return whole.isNaN ? 0 : whole < 0 ? .min : .max
}
