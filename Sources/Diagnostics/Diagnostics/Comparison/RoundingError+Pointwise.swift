import Tensors

extension RoundingError {
  /// The error bound of an operation's result: propagated errors of its inputs, plus its own rounding.
  static func error(of op: Pointwise, _ y: Tensor, _ x: [BoundedValue]) -> Tensor? {
    switch op {
    // Exact, with a slope of at most 1.
    case .negate, .abs, .relu: x[0].error
    case .maximum, .minimum: either(x[0], x[1]) { maximum($0, $1) }
    case .select: chosen(x[0], x[1], x[2])
    case .floor: x[0].error.map { floor(x[0].number + $0) - floor(x[0].number - $0) }
    case .cast(let dtype): cast(to: dtype, x[0])
    case .rounded(let precision): x[0].error.map { rounded(x[0], $0, to: precision) }
    case .less, .equal: meeting(x[0], x[1])
    case .add, .subtract, .multiply, .divide, .remainder, .power:
      // Integer arithmetic is exact.
      y.dtype.isFloating
        ? binary(op, y, x[0], x[1])
        : x[0].error == nil && x[1].error == nil ? nil : binary(op, y, x[0], x[1])
    case .function(let function): elementary(function, y, x[0])
    case .sqrt: root(y, x[0])
    }
  }

  private static func either(_ a: BoundedValue, _ b: BoundedValue, _ join: (Tensor, Tensor) -> Tensor)
    -> Tensor?
  {
    a.error == nil && b.error == nil ? nil : join(a.errors, b.errors)
  }

  private static func binary(_ op: Pointwise, _ y: Tensor, _ a: BoundedValue, _ b: BoundedValue) -> Tensor {
    let size = abs(y.cast(to: .float32))
    let isKnown = a.error == nil && b.error == nil
    switch op {
    case .add, .subtract:
      let own = arithmetic * size + tiny
      return either(a, b, +).map { $0 + own } ?? own
    case .multiply:
      var error = arithmetic * size + tiny
      if let other = a.error { error = error + other * (b.size + b.errors) }
      if let other = b.error { error = error + a.size * other }
      return error
    case .divide:
      let own = elementary * size + tiny
      // No bound around zero.
      return isKnown ? own : own + (a.errors + size * b.errors) / maximum(b.size - b.errors, Tensor(0))
    case .power:
      let own = power * size + tiny
      // To first order, with a factor of two.
      return isKnown
        ? own : own + 2 * size * (b.size * a.errors / a.size + abs(log(a.size)) * b.errors)
    default:
      // A remainder may jump by the divisor.
      return isKnown ? elementary * size + tiny : b.size + a.errors + b.errors
    }
  }

  private static func elementary(_ function: ElementaryFunction, _ y: Tensor, _ x: BoundedValue) -> Tensor {
    // Small results of the others come of cancellation or polynomials.
    let own =
      function.losesDigitsFarOut
      ? abs(y) * (elementary + 4 * unit * x.size) + tiny : abs(y) * elementary + 1e-6
    return x.error.map { own + function.propagated($0, x: x.number, y: y) } ?? own
  }

  private static func root(_ y: Tensor, _ x: BoundedValue) -> Tensor {
    let own = abs(y) * elementary + tiny
    return x.error.map { own + $0 / (maximum(y, sqrt($0)) + tiny) } ?? own
  }

  /// If the condition may differ, either value may be selected.
  private static func chosen(_ condition: BoundedValue, _ a: BoundedValue, _ b: BoundedValue) -> Tensor? {
    let error = either(a, b) { select(condition.value, $0, $1) }
    guard let doubt = condition.error else { return error }
    let jump = select(0 .< doubt, abs(a.number - b.number), Tensor.full(doubt.shape, 0))
    return (error ?? Tensor.full(doubt.shape, 0)) + jump
  }

  /// 1 where two numbers are so close that their comparison may differ.
  private static func meeting(_ a: BoundedValue, _ b: BoundedValue) -> Tensor? {
    either(a, b, +).map { error in
      select(error .< abs(a.number - b.number), Tensor.full(error.shape, 0), Tensor.full(error.shape, 1))
        * select(0 .< error, Tensor.full(error.shape, 1), Tensor.full(error.shape, 0))
    }
  }

  private static func cast(to dtype: DType, _ x: BoundedValue) -> Tensor? {
    guard let error = x.error else { return nil }
    switch dtype {
    case .float16: return rounded(x, error, to: .float16)
    case .bfloat16: return rounded(x, error, to: .bfloat16)
    // Of a number that may be zero.
    case .bool:
      return select(error .< abs(x.number), Tensor.full(error.shape, 0), Tensor.full(error.shape, 1))
    case .float32, .float64, .int32, .int64, .uint8: break
    }
    guard x.value.dtype.isFloating, !dtype.isFloating else { return error }
    // Truncation towards zero is a step function.
    return floor(x.number + error) - floor(x.number - error)
  }

  /// Different inputs may be rounded to adjacent numbers.
  private static func rounded(_ x: BoundedValue, _ error: Tensor, to precision: Precision) -> Tensor {
    guard precision != .float32 else { return error }
    let step = (0..<precision.fractionBits).reduce(1.0) { step, _ in step / 2 }
    let least = precision == .float16 ? 0x1p-24 : tiny
    let neighbours = step * (x.size + error) + least
    return error + select(0 .< error, neighbours, Tensor.full(error.shape, 0))
  }
}
