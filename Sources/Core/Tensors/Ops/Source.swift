/// The sources of values: memory, or the program itself.
///
/// Sources have no inputs.
package enum Source: Operation {
  /// The value of a state before the step.
  case state(State)

  /// Values stored with the program.
  case constant(Constant)

  /// A number embedded into the kernels that use it.
  case scalar(Double, DType)

  package var name: String {
    switch self {
    case .state: "state"
    case .constant: "constant"
    case .scalar: "scalar"
    }
  }

  package func resultType(of inputs: [TensorType]) throws(TypeMismatch) -> TensorType {
    switch self {
    case .state(let state): TensorType(state.shape, state.dtype)
    case .constant(let constant): TensorType(constant.values.shape, constant.values.dtype)
    case .scalar(let number, let dtype):
      switch dtype {
      case .int32 where Int32(exactly: number) == nil, .uint8 where UInt8(exactly: number) == nil,
        .int64 where Int64(exactly: number) == nil, .bool where number != 0 && number != 1:
        throw TypeMismatch("\(number) is no \(dtype)")
      default: TensorType([], dtype)
      }
    }
  }

  package func gradients(of output: Tensor, inputs: [Tensor], upstream: Tensor) -> [Tensor?] { [] }

  package func flops(inputs: [TensorType], result: TensorType) -> Int { 0 }
}

/// Values held by reference, so that tensors are compared without comparing elements.
package final class Constant: Hashable, Sendable {
  package let values: TensorValues
  init(_ values: TensorValues) { self.values = values }
  package static func == (a: Constant, b: Constant) -> Bool { a === b }
  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension Tensor {
  /// A tensor of given values.
  public init(_ values: TensorValues) {
    self = .apply(.source(.constant(Constant(values))), to: [])
  }

  /// A tensor of given elements, row-major.
  ///
  /// A shape of another size gives an invalid tensor.
  public init<Scalar: TensorScalar>(
    _ elements: [Scalar], shape: Shape, file: StaticString = #fileID, line: UInt = #line
  ) {
    guard shape.problem == nil, shape.count == elements.count else {
      let reason =
        shape.problem ?? "\(elements.count) elements do not make the shape \(shape), which has \(shape.count)"
      self = .invalid("tensor", reason, at: Location(file, line))
      return
    }
    self.init(TensorValues(elements, shape: shape))
  }

  /// A scalar.
  public init(_ number: Double, dtype: DType = .float32) {
    self = .apply(.source(.scalar(number, dtype)), to: [])
  }

  /// A tensor filled with one number.
  ///
  /// It takes no memory.
  public static func full(_ shape: Shape, _ number: Double, dtype: DType = .float32) -> Tensor {
    Tensor(number, dtype: dtype).broadcast(to: shape)
  }

  /// The integers 0, 1, … `count` − 1, as int32 `[count]`.
  public static func indices(_ count: Int, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    guard (0...Int(Int32.max)).contains(count) else {
      return .invalid("indices", "\(count) indices are no int32 numbers", at: Location(file, line))
    }
    return Tensor((0..<count).map { Int32($0) }, shape: [count])
  }
}
