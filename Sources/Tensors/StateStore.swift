/// The states of a model, by name.
///
/// A state is made when a forward pass first asks for it, with the shapes it then needs, and is found again
/// by later passes.
public final class StateStore {
  /// In the order in which they were made.
  public private(set) var states: [State] = []
  private var byName: [String: State] = [:]
  /// Where states are made, if not here, and what stands for one of those.
  private let original: (store: StateStore, standIn: (State) -> State)?

  /// The type that parameters and statistics get: float64 for gradient checks.
  public let dtype: DType

  public init(dtype: DType = .float32) {
    precondition(dtype.isFloating, "parameters are float32 or float64, not \(dtype)")
    self.dtype = dtype
    original = nil
  }

  /// A view of a store in which other states stand for some of its own.
  package init(_ store: StateStore, standIn: @escaping (State) -> State) {
    dtype = store.dtype
    original = (store, standIn)
  }

  public subscript(name: String) -> State? { byName[name] }

  /// What training changes by gradients.
  public var parameters: [State] { states.filter(\.isParameter) }

  /// How many numbers that is.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.shape.count } }

  /// The state of this name, or a new one.
  func state(_ name: String, _ shape: Shape, role: State.Role, initial: InitialValue) -> State {
    if let state = byName[name] { return state }
    let state =
      original.map { $0.standIn($0.store.state(name, shape, role: role, initial: initial)) }
      ?? State(name, shape, dtype: dtype, role: role, initial: initial)
    byName[name] = state
    states.append(state)
    return state
  }
}
