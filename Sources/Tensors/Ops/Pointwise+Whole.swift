// Arithmetic with whole numbers that are variables: a literal is a `Double`.

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
