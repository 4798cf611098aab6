/// Named memory that outlives a step: a parameter, a running statistic, an optimizer's moment, a counter.
///
/// A state has one name, by which it is saved and loaded. It holds no values itself: each backend keeps memory for the
/// states of the programs it has compiled, beginning with `initial`.
public final class State: Sendable {
  /// What a state is for, which decides who treats it how.
  public enum Role: String, Sendable {
    /// Learned, and subject to weight decay: the matrices of dense layers, the filters of convolutions.
    case weight
    /// Learned, and exempt from weight decay unless that is of all parameters: biases, scales and shifts.
    case bias
    /// Measured during training and used afterwards, such as running means.
    case statistic
    /// An optimizer's memory.
    case optimizer
    /// What a run needs to go on exactly: step counter, random key.
    case progress
    /// Input: the data set and what is computed while reading it.
    ///
    /// Not saved.
    case data
    /// What the host gives before a step that reads it: see `Tensor.input`.
    ///
    /// Not saved.
    case input
  }

  public let name: String
  public let shape: Shape
  public let dtype: DType
  public let role: Role
  public let initial: InitialValue

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
  }

  /// What the state holds when a step begins.
  public var value: Tensor { .apply(.source(.state(self)), to: []) }

  /// Whether training changes it by gradients.
  public var isParameter: Bool { role == .weight || role == .bias }

  package var byteCount: Int { shape.count * dtype.byteCount }

  /// True if it is never written to, because its values are the host's own.
  package var isReadOnly: Bool { if case .bytes = initial { true } else { false } }
}

extension Tensor {
  /// Values that the host gives under a name, before a step that reads them.
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
