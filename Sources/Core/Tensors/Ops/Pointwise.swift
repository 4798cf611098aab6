/// Elementwise operations: each element of the result depends on the inputs' elements at the same index.
///
/// The inputs have equal shapes: the public functions insert the broadcasts. Comparisons give bool.
package enum Pointwise: Operation {
  case negate, abs, sqrt, relu, floor
  case function(ElementaryFunction)
  case cast(DType)
  case rounded(Precision)
  case add, subtract, multiply, divide, maximum, minimum, power, remainder
  case equal, less
  case select

  /// All of them, for tables and tests; two of `cast` represent all of them.
  package static let all: [Pointwise] =
    [
      .negate, .abs, .sqrt, .relu, .floor, .cast(.float32), .cast(.int32), .add, .subtract, .multiply,
      .divide, .maximum, .minimum, .power, .remainder, .equal, .less, .select,
    ] + ElementaryFunction.allCases.map { .function($0) } + Precision.allCases.map { .rounded($0) }

  package var name: String {
    switch self {
    case .cast(let dtype): "cast(\(dtype))"
    case .rounded(let precision): "rounded(\(precision.rawValue))"
    case .function(let function): function.rawValue
    default: String(describing: self)
    }
  }

  package var arity: Int {
    switch self {
    case .negate, .abs, .sqrt, .relu, .floor, .function, .cast, .rounded: 1
    case .add, .subtract, .multiply, .divide, .maximum, .minimum, .power, .remainder, .equal, .less: 2
    case .select: 3
    }
  }

  /// True if it is defined on float32 and float64 only.
  private var needsFloating: Bool {
    switch self {
    case .function, .sqrt, .floor, .rounded, .power: true
    case .negate, .abs, .relu, .cast, .add, .subtract, .multiply, .divide, .maximum, .minimum, .remainder,
      .equal, .less, .select:
      false
    }
  }

  package func resultType(of inputs: [TensorType]) throws(TypeMismatch) -> TensorType {
    let shape = inputs[0].shape
    if let other = inputs.first(where: { $0.shape != shape }) {
      throw TypeMismatch("the shapes \(shape) and \(other.shape) differ")
    }
    let operands = self == .select ? Array(inputs.dropFirst()) : inputs
    let dtype = operands[0].dtype
    if let other = operands.first(where: { $0.dtype != dtype }) {
      throw TypeMismatch("the types \(dtype) and \(other.dtype) differ; cast one of them")
    }
    if needsFloating, !dtype.isFloating {
      throw TypeMismatch("takes float32 or float64, not \(dtype)")
    }
    if dtype == .uint8 || dtype == .bool, !acceptsBytes {
      throw TypeMismatch("takes no \(dtype) values; cast them to int32 or float32 first")
    }
    if case .cast(let target) = self, let step = dtype.step(towards: target) {
      throw TypeMismatch("goes from \(dtype) to \(target) by way of \(step)")
    }
    return switch self {
    case .cast(let dtype): TensorType(shape, dtype)
    case .equal, .less: TensorType(shape, .bool)
    default: TensorType(shape, dtype)
    }
  }

  /// The arithmetic of uint8 would wrap around unnoticed, and that of bool is logic.
  private var acceptsBytes: Bool {
    switch self {
    case .cast, .equal, .less, .select, .maximum, .minimum: true
    default: false
    }
  }

  package func gradients(of output: Tensor, inputs: [Tensor], upstream: Tensor) -> [Tensor?] {
    guard output.dtype.isFloating else { return inputs.map { _ in nil } }
    return pointwiseGradients(self, y: output, inputs: inputs, dy: upstream)
  }
}

extension DType {
  /// The type by way of which elements are cast to another; nil if one cast does it.
  ///
  /// Storage types are read and written in the type that they are computed in.
  func step(towards target: DType) -> DType? {
    if isStorageOnly, target != computed { return computed }
    if target.isStorageOnly, self != target.computed { return target.computed }
    return nil
  }
}

/// The derivatives of all pointwise operations.
///
/// A free function, because inside `Pointwise` its case names shadow the functions on tensors.
private func pointwiseGradients(_ op: Pointwise, y: Tensor, inputs: [Tensor], dy: Tensor) -> [Tensor?] {
  let x = inputs[0]
  let zero = Tensor.full(dy.shape, 0, dtype: dy.dtype)
  switch op {
  case .negate: return [-dy]
  case .abs: return [select(x .< 0, -dy, select(0 .< x, dy, zero))]
  // As a quotient: the product by 1 / x has another rounding.
  case .function(.log): return [dy / x]
  case .function(let function): return [dy * function.derivative(x: x, y: y)]
  case .sqrt: return [0.5 * dy / y]
  // By the output, not the input, so that the input's memory is free for others.
  case .relu: return [select(0 .< y, dy, zero)]
  case .floor, .equal, .less: return inputs.map { _ in nil }
  // Straight-through estimator: rounding has zero slope almost everywhere, but overall it rises like x.
  case .rounded: return [dy]
  case .remainder:
    let quotient = x / inputs[1]
    return [dy, -dy * select(quotient .< 0, -floor(-quotient), floor(quotient))]
  case .cast: return [x.dtype.isFloating ? dy.cast(to: x.dtype) : nil]
  case .add: return [dy, dy]
  case .subtract: return [dy, -dy]
  case .multiply: return [dy * inputs[1], dy * x]
  case .divide: return [dy / inputs[1], -dy * y / inputs[1]]
  // A tie goes to the first.
  case .maximum: return [select(x .< inputs[1], zero, dy), select(x .< inputs[1], dy, zero)]
  case .minimum: return [select(inputs[1] .< x, zero, dy), select(inputs[1] .< x, dy, zero)]
  case .power:
    let exponent = inputs[1]
    // x⁰ is 1 everywhere, and 0ᵇ is 0 wherever it has a slope: neither product may become 0 · ∞.
    return [
      select(exponent .== zero, zero, dy * exponent * power(x, exponent - 1)),
      select((exponent .< 0) .< (x .== zero), zero, dy * y * log(x)),
    ]
  case .select: return [nil, select(x, dy, zero), select(x, zero, dy)]
  }
}
