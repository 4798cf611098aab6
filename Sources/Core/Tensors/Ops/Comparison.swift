// Comparisons and logic, as uint8: 1 for true, 0 for false. With NaN only `.!=` is true.

extension Tensor {
  public static func .> (a: Tensor, b: Tensor) -> Tensor { b .< a }
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { (a .< b) .| (a .== b) }
  public static func .>= (a: Tensor, b: Tensor) -> Tensor { b .<= a }
  public static func .!= (a: Tensor, b: Tensor) -> Tensor { .!(a .== b) }

  public static func .> (a: Tensor, b: Double) -> Tensor { b .< a }
  public static func .<= (a: Tensor, b: Double) -> Tensor { a .<= Tensor(b, dtype: a.dtype) }
  public static func .>= (a: Tensor, b: Double) -> Tensor { a .>= Tensor(b, dtype: a.dtype) }
  public static func .== (a: Tensor, b: Double) -> Tensor { a .== Tensor(b, dtype: a.dtype) }
  public static func .!= (a: Tensor, b: Double) -> Tensor { a .!= Tensor(b, dtype: a.dtype) }

  /// Logical and: 1 where both are nonzero.
  public static func .& (a: Tensor, b: Tensor) -> Tensor {
    minimum(a.truth, b.truth).cast(to: .uint8)
  }

  /// Logical or: 1 where one of them is nonzero.
  public static func .| (a: Tensor, b: Tensor) -> Tensor {
    maximum(a.truth, b.truth).cast(to: .uint8)
  }

  /// Logical not: 1 where it is zero.
  public static prefix func .! (a: Tensor) -> Tensor {
    guard a.error == nil else { return a }
    return (1 - a.truth).cast(to: .uint8)
  }

  /// 1 or 0 as int32, a type with arithmetic and comparisons.
  private var truth: Tensor {
    guard error == nil else { return self }
    return 1 - (self .== Tensor(0, dtype: dtype)).cast(to: .int32)
  }
}
