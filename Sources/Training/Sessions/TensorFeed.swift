public import Tensors

/// Values in host memory for a step's input: arrays of `Float`, `Double`, `Float16`, `Int32`, `Int64`, `UInt8` or
/// `Bool`, buffers of them, and `TensorValues`.
public protocol TensorFeed {
  /// The type of the elements.
  var feedType: DType { get }

  /// The shape, if the values have one; nil for a flat sequence, which fits any shape of as many elements.
  var feedShape: Shape? { get }

  /// Calls `body` with the elements' bytes.
  func withFeedBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result
}

extension TensorFeed {
  public var feedShape: Shape? { nil }
}

extension TensorValues: TensorFeed {
  public var feedType: DType { dtype }
  public var feedShape: Shape? { shape }

  public func withFeedBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try bytes.withUnsafeBytes(body)
  }
}

extension Array: TensorFeed where Element: TensorScalar {
  public var feedType: DType { Element.dtype }

  public func withFeedBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withUnsafeBytes(body)
  }
}

extension ArraySlice: TensorFeed where Element: TensorScalar {
  public var feedType: DType { Element.dtype }

  public func withFeedBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withUnsafeBytes(body)
  }
}

extension UnsafeBufferPointer: TensorFeed where Element: TensorScalar {
  public var feedType: DType { Element.dtype }

  public func withFeedBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try body(UnsafeRawBufferPointer(self))
  }
}
