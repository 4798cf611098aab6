/// The semantics of one operation, independent of backends.
package protocol Operation: Hashable, Sendable {
  /// The name used everywhere: here, in kernels, shaders and the op table.
  var name: String { get }

  /// The type of its result; throws for invalid inputs.
  func resultType(of inputs: [TensorType]) throws(TypeMismatch) -> TensorType

  /// The gradient of a loss with respect to each input, given `upstream`, the gradient with respect to
  /// `output`.
  ///
  /// Nil for inputs without a gradient.
  func gradients(of output: Tensor, inputs: [Tensor], upstream: Tensor) -> [Tensor?]

  /// Arithmetic operations to compute the result once; bytes follow from the types.
  func flops(inputs: [TensorType], result: TensorType) -> Int
}

extension Operation {
  package func flops(inputs: [TensorType], result: TensorType) -> Int { result.shape.count }
}

/// The product of some numbers, saturated at 2⁵⁶, of which a hundred can be added without overflow.
func flopCount(_ factors: Int...) -> Int {
  factors.reduce(1) { product, factor in
    let (next, overflow) = product.multipliedReportingOverflow(by: factor)
    return overflow ? 1 << 56 : min(next, 1 << 56)
  }
}

/// Every operation, by family.
///
/// A new family is a new case, and a compile error wherever one is missing.
package enum Op: Hashable, Sendable {
  case source(Source)
  case pointwise(Pointwise)
  case reduction(Reduction)
  case matmul(MatMul)
  case convolution(Convolution)
  case pooling(Pooling)
  case attention(Attention)
  case scan(Scan)
  case movement(Movement)
  case random(Random)
  case loss(ClassificationLoss)
  case update(Update)
  case gradientRule(GradientRule)
  case controlDependency(ControlDependency)
  case sumOverRanks(SumOverRanks)
  case invalid(GraphError)

  package var operation: any Operation {
    switch self {
    case .source(let operation): operation
    case .pointwise(let operation): operation
    case .reduction(let operation): operation
    case .matmul(let operation): operation
    case .convolution(let operation): operation
    case .pooling(let operation): operation
    case .attention(let operation): operation
    case .scan(let operation): operation
    case .movement(let operation): operation
    case .random(let operation): operation
    case .loss(let operation): operation
    case .update(let operation): operation
    case .gradientRule(let operation): operation
    case .controlDependency(let operation): operation
    case .sumOverRanks(let operation): operation
    case .invalid(let error): Invalid(error: error)
    }
  }
}

/// The operation of an invalid tensor.
private struct Invalid: Operation {
  let error: GraphError
  var name: String { error.operation }
  func resultType(of inputs: [TensorType]) throws(TypeMismatch) -> TensorType {
    throw TypeMismatch(error.reason)
  }
  func gradients(of output: Tensor, inputs: [Tensor], upstream: Tensor) -> [Tensor?] { [] }
}
