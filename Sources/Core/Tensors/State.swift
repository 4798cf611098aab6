/// Named memory that outlives a step: a parameter, a running statistic, optimizer state, a counter.
///
/// A state has a name, under which it is saved and loaded. It holds no values itself: each backend keeps
/// memory for the states of the programs it has compiled, initialized with `initial`.
public final class State: Sendable {
  /// The purpose of a state, which determines how it is treated.
  public enum Role: String, Sendable {
    /// Learned, and subject to weight decay: the matrices of dense layers, the filters of convolutions.
    case weight
    /// Learned, and exempt from weight decay unless that includes all parameters: biases, scales and shifts.
    case bias
    /// Measured during training and used in evaluation, such as running means.
    case statistic
    /// Optimizer state.
    case optimizer
    /// The rest of what exact resumption needs: step counter, random key.
    case progress
    /// Data: the data set, and values derived from it.
    ///
    /// Not saved.
    case data
    /// Set by the host before a step that reads it: see `Tensor.input`.
    ///
    /// Not saved.
    case input
  }

  public let name: String
  public let shape: Shape
  public let dtype: DType
  public let role: Role
  public let initial: InitialValue

  /// True if it stands for what a step of a scan is given, and has no memory of its own.
  package let isArgument: Bool

  public init(
    _ name: String, _ shape: Shape, dtype: DType = .float32, role: Role, initial: InitialValue = .zeros
  ) {
    if case .values(let values) = initial {
      precondition(
        values.shape == shape && values.dtype == dtype,
        "state \(name) is \(dtype)\(shape), but its initial value is \(values.dtype)\(values.shape)")
    }
    if case .bytes(let bytes) = initial {
      precondition(
        bytes.count == shape.count * dtype.byteCount,
        "state \(name) is \(dtype)\(shape), but its initial value has \(bytes.count) bytes")
    }
    self.name = name
    self.shape = shape
    self.dtype = dtype
    self.role = role
    self.initial = initial
    isArgument = false
  }

  /// An argument of a scan's step.
  package init(argument name: String, _ type: TensorType) {
    (self.name, shape, dtype) = (name, type.shape, type.dtype)
    (role, initial, isArgument) = (.input, .zeros, true)
  }

  /// The value of the state before the step.
  public var value: Tensor { .apply(.source(.state(self)), to: []) }

  /// True if training updates it by gradients.
  public var isParameter: Bool { role == .weight || role == .bias }

  package var byteCount: Int { shape.count * dtype.byteCount }

  /// True if it is never written to, because its values are the host's own.
  package var isReadOnly: Bool { if case .bytes = initial { true } else { false } }
}

extension Tensor {
  /// A named input, set by the host before a step that reads it.
  ///
  ///     let x = Tensor.input("x", [64, 784])
  public static func input(_ name: String, _ shape: Shape, dtype: DType = .float32) -> Tensor {
    State(name, shape, dtype: dtype, role: .input).value
  }
}

extension State: Hashable {
  public static func == (a: State, b: State) -> Bool { a === b }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
