/// The states of a model, by name.
///
/// A state is created when a forward pass first asks for it, with the shape needed then, and shared by later
/// passes.
public final class StateStore {
  /// In order of creation.
  public private(set) var states: [State] = []
  private var byName: [String: State] = [:]
  /// Where states are made, if not here, and what stands for one of those.
  private let original: (store: StateStore, standIn: (State) -> State)?

  /// The type of parameters and statistics: float64 for gradient checks.
  public let dtype: DType

  public init(dtype: DType = .float32) {
    precondition(dtype.isFloating && !dtype.isStorageOnly, "parameters are float32 or float64, not \(dtype)")
    self.dtype = dtype
    original = nil
  }

  /// A view of a store in which other states stand for some of its own.
  package init(_ store: StateStore, standIn: @escaping (State) -> State) {
    dtype = store.dtype
    original = (store, standIn)
  }

  public subscript(name: String) -> State? { byName[name] }

  /// The states that training updates by gradients.
  public var parameters: [State] { states.filter(\.isParameter) }

  /// The number of their elements.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.shape.count } }

  /// The state of this name, created if needed.
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
