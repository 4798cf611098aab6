// Comparisons and logic, as bool. With NaN only `.!=` is true.

extension Tensor {
  public static func .> (a: Tensor, b: Tensor) -> Tensor { b .< a }
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { (a .< b) .| (a .== b) }
  public static func .>= (a: Tensor, b: Tensor) -> Tensor { b .<= a }
  public static func .!= (a: Tensor, b: Tensor) -> Tensor { .!(a .== b) }

  public static func .> (a: Tensor, b: Double) -> Tensor { b .< a }
  public static func .<= (a: Tensor, b: Double) -> Tensor { a .<= a.like(b) }
  public static func .>= (a: Tensor, b: Double) -> Tensor { a .>= a.like(b) }
  public static func .== (a: Tensor, b: Double) -> Tensor { a .== a.like(b) }
  public static func .!= (a: Tensor, b: Double) -> Tensor { a .!= a.like(b) }

  /// Logical and: true where both are true, or numbers other than zero.
  public static func .& (a: Tensor, b: Tensor) -> Tensor { minimum(a.truth, b.truth) }

  /// Logical or: true where one of them is true, or a number other than zero.
  public static func .| (a: Tensor, b: Tensor) -> Tensor { maximum(a.truth, b.truth) }

  /// Logical not: true where it is false, or zero.
  public static prefix func .! (a: Tensor) -> Tensor {
    guard a.error == nil else { return a }
    return a.truth .== Tensor(0, dtype: .bool)
  }

  private var truth: Tensor { cast(to: .bool) }
}
