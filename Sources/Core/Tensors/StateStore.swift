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

  /// The adaptation of weights that layers multiply their input with; nil for none.
  public let lora: LoRA?
  private let targets: [NamePattern]

  /// The weights that have an adapter, and all that could, by the passes so far.
  package private(set) var adapted: [String] = []
  package private(set) var adaptable: [String] = []

  /// - Parameters:
  ///   - dtype: of parameters and statistics.
  ///   - lora: the adaptation of weights; nil for none.
  ///   - targets: those weights, by patterns of their names or of their layers' with *: `*attention*`.
  public init(dtype: DType = .float32, lora: LoRA? = nil, targets: [String] = ["*"]) {
    precondition(dtype.isFloating && !dtype.isStorageOnly, "parameters are float32 or float64, not \(dtype)")
    self.dtype = dtype
    (self.lora, self.targets) = (lora, targets.map(NamePattern.init))
    original = nil
  }

  /// A view of a store in which other states stand for some of its own.
  package init(_ store: StateStore, standIn: @escaping (State) -> State) {
    dtype = store.dtype
    (lora, targets) = (store.lora, store.targets)
    original = (store, standIn)
  }

  public subscript(name: String) -> State? { byName[name] }

  /// The states that training updates by gradients.
  public var parameters: [State] { states.filter(\.isParameter) }

  /// Those of adapters: what a low-rank adaptation trains.
  public var adapters: [State] { parameters.filter { LoRA.weight(ofAdapter: $0.name) != nil } }

  /// The number of elements of all parameters.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.shape.count } }

  /// The adaptation of a weight; nil for one that is no target.
  ///
  /// - Parameter layer: the path of the layer that has it.
  func adapting(_ weight: String, of layer: String) -> LoRA? {
    if let original { _ = original.store.adapting(weight, of: layer) }
    guard let lora else { return nil }
    if !adaptable.contains(weight) { adaptable.append(weight) }
    guard targets.contains(where: { $0.matches(weight) || $0.matches(layer) }) else { return nil }
    if !adapted.contains(weight) { adapted.append(weight) }
    return lora
  }

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
