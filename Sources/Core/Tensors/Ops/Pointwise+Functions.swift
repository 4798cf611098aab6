// The pointwise operations as functions and operators. Operators take no file and line: Swift allows them no
// further parameters.

extension Tensor {
  /// Applies a pointwise operation after broadcasting the inputs.
  static func pointwise(_ op: Pointwise, _ inputs: [Tensor], at location: Location = .unknown) -> Tensor {
    if let invalid = inputs.first(where: { $0.error != nil }) { return invalid }
    let inputs = inputs.promoted(for: op)
    var shape = inputs[0].shape
    for input in inputs.dropFirst() {
      guard let common = shape.broadcast(with: input.shape) else {
        return .invalid(
          op.name, "the shapes \(shape) and \(input.shape) do not stretch to a common one", at: location)
      }
      shape = common
    }
    return .apply(.pointwise(op), to: inputs.map { $0.broadcast(to: shape) }, at: location)
  }

  /// A scalar of this tensor's type; beside truth values, as which few numbers count, of float32.
  func like(_ number: Double) -> Tensor {
    Tensor(number, dtype: dtype == .bool || dtype.isStorageOnly ? .float32 : dtype)
  }

  public static prefix func - (x: Tensor) -> Tensor { pointwise(.negate, [x]) }
  public static func + (a: Tensor, b: Tensor) -> Tensor { pointwise(.add, [a, b]) }
  public static func - (a: Tensor, b: Tensor) -> Tensor { pointwise(.subtract, [a, b]) }
  public static func * (a: Tensor, b: Tensor) -> Tensor { pointwise(.multiply, [a, b]) }

  /// The quotient; of int32, rounded towards zero.
  public static func / (a: Tensor, b: Tensor) -> Tensor { pointwise(.divide, [a, b]) }

  /// The remainder of the division, with the sign of `a`.
  public static func % (a: Tensor, b: Tensor) -> Tensor { pointwise(.remainder, [a, b]) }

  public static func + (a: Tensor, b: Double) -> Tensor { a + a.like(b) }
  public static func - (a: Tensor, b: Double) -> Tensor { a - a.like(b) }
  public static func * (a: Tensor, b: Double) -> Tensor { a * a.like(b) }
  public static func / (a: Tensor, b: Double) -> Tensor { a / a.like(b) }
  public static func % (a: Tensor, b: Double) -> Tensor { a % a.like(b) }
  public static func + (a: Double, b: Tensor) -> Tensor { b.like(a) + b }
  public static func - (a: Double, b: Tensor) -> Tensor { b.like(a) - b }
  public static func * (a: Double, b: Tensor) -> Tensor { b.like(a) * b }
  public static func / (a: Double, b: Tensor) -> Tensor { b.like(a) / b }

  /// True where the elements are equal.
  public static func .== (a: Tensor, b: Tensor) -> Tensor { pointwise(.equal, [a, b]) }

  /// True where `a` is less than `b`.
  public static func .< (a: Tensor, b: Tensor) -> Tensor { pointwise(.less, [a, b]) }
  public static func .< (a: Tensor, b: Double) -> Tensor { a .< a.like(b) }
  public static func .< (a: Double, b: Tensor) -> Tensor { b.like(a) .< b }

  /// Converts to another element type.
  ///
  /// Floating-point numbers are truncated towards zero to become integers, which stop at the ends of their range.
  /// To float16 and bfloat16 they are rounded to the nearest float32 and then to the nearest number of the type, ties
  /// to even; what is too large becomes infinity. All numbers but 0 are true, NaN too; true is 1. int64 is cast by way
  /// of int32, and stops at the ends of its range.
  public func cast(to dtype: DType, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    guard error == nil, dtype != self.dtype else { return self }
    if let step = self.dtype.step(towards: dtype) {
      return cast(to: step, file: file, line: line).cast(to: dtype, file: file, line: line)
    }
    return .pointwise(.cast(dtype), [self], at: Location(file, line))
  }

  /// Rounds to a format, ties to even, keeping the element type.
  ///
  /// Overflow gives infinity, underflow a subnormal number or zero; NaN is preserved. The gradient is
  /// straight-through, as if there were no rounding.
  public func rounded(
    to precision: Precision, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    .pointwise(.rounded(precision), [self], at: Location(file, line))
  }
}

/// The absolute value, |x|.
///
/// Its derivative at 0 is 0.
public func abs(_ x: Tensor) -> Tensor { .pointwise(.abs, [x]) }

/// The square root, √x.
public func sqrt(_ x: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
  .pointwise(.sqrt, [x], at: Location(file, line))
}

/// The rectifier, max(x, 0).
///
/// NaN is preserved. The derivative at 0 is 0.
public func relu(_ x: Tensor) -> Tensor { .pointwise(.relu, [x]) }

/// The largest integer not above x.
///
/// Its derivative is 0.
public func floor(_ x: Tensor) -> Tensor { .pointwise(.floor, [x]) }

/// The maximum of two elements.
///
/// At a tie the gradient goes to `a`.
public func maximum(_ a: Tensor, _ b: Tensor) -> Tensor { .pointwise(.maximum, [a, b]) }

/// The same with a number, of the tensor's type.
public func maximum(_ a: Tensor, _ b: Double) -> Tensor { maximum(a, a.like(b)) }

/// The minimum of two elements.
///
/// At a tie the gradient goes to `a`.
public func minimum(_ a: Tensor, _ b: Tensor) -> Tensor { .pointwise(.minimum, [a, b]) }

/// The same with a number, of the tensor's type.
public func minimum(_ a: Tensor, _ b: Double) -> Tensor { minimum(a, a.like(b)) }

/// The power aᵇ.
///
/// As in C: NaN for a negative base, unless the exponent is an integer; a⁰ and 1ᵇ are 1, even for NaN.
public func power(_ a: Tensor, _ b: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
  .pointwise(.power, [a, b], at: Location(file, line))
}

/// The elements of `a` where `condition` is true, or a number other than zero, else those of `b`.
public func select(
  _ condition: Tensor, _ a: Tensor, _ b: Tensor, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  .pointwise(.select, [condition, a, b], at: Location(file, line))
}

extension [Tensor] {
  /// Truth values become the type of the numbers that they are combined with, 1 and 0.
  fileprivate func promoted(for op: Pointwise) -> [Tensor] {
    let operands = op == .select ? Array(dropFirst()) : self
    guard operands.contains(where: { $0.dtype == .bool }),
      let number = operands.first(where: { $0.dtype != .bool })
    else { return self }
    let cast = operands.map { $0.dtype == .bool ? $0.cast(to: number.dtype) : $0 }
    return op == .select ? prefix(1) + cast : cast
  }
}
