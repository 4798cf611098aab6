// Arithmetic with integer variables; integer literals are `Double`s.

extension Tensor {
  public static func + (a: Tensor, b: Int) -> Tensor { a + Double(b) }
  public static func - (a: Tensor, b: Int) -> Tensor { a - Double(b) }
  public static func * (a: Tensor, b: Int) -> Tensor { a * Double(b) }
  public static func / (a: Tensor, b: Int) -> Tensor { a / Double(b) }
  public static func % (a: Tensor, b: Int) -> Tensor { a % Double(b) }
  public static func + (a: Int, b: Tensor) -> Tensor { Double(a) + b }
  public static func - (a: Int, b: Tensor) -> Tensor { Double(a) - b }
  public static func * (a: Int, b: Tensor) -> Tensor { Double(a) * b }
  public static func / (a: Int, b: Tensor) -> Tensor { Double(a) / b }
}
