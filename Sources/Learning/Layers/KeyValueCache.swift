public import Tensors

/// The keys and values of the tokens that a decoder has read, kept so that the next token costs one row of each product: a key-value
/// cache.
///
/// One pass reads a whole text of `capacity` places into it; passes of one token each go on from there:
///
///     let memory = KeyValueCache.Memory(capacity: 256)
///     let start = KeyValueCache(memory)
///     let scores = gpt.forward(ids, cache: start, in: Pass(.evaluation, states: states))          // [N, 256]
///     let next = KeyValueCache(memory, at: position)
///     let scores = gpt.forward(id, cache: next, in: Pass(.evaluation, states: states))            // [N, 1]
///
/// Each pass has a cache of its own on the memory that they share; its `assignments` are part of the step. Places of a text that ends
/// before the capacity hold what is never looked at.
///
/// - SeeAlso: Pope et al. 2022, "Efficiently scaling transformer inference", section 2.
public final class KeyValueCache {
  /// Where keys and values lie, in the device's memory.
  public final class Memory {
    /// The greatest number of tokens.
    public let capacity: Int

    fileprivate var states: [String: State] = [:]

    public init(capacity: Int) {
      precondition(capacity > 0, "a cache holds at least one token, not \(capacity)")
      self.capacity = capacity
    }

    fileprivate func state(_ name: String, _ shape: Shape, _ dtype: DType) -> State {
      if let state = states[name] { return state }
      let state = State(name, shape, dtype: dtype, role: .data)
      states[name] = state
      return state
    }
  }

  /// What the pass writes into the memory: a part of its step.
  public private(set) var assignments: [Assignment] = []

  private let memory: Memory
  private let position: Tensor?
  private var layers = 0

  /// - Parameter position: how many tokens were read before the one of this pass: an int32 scalar below the capacity. Nil for a pass
  ///   that reads a text from its beginning, as many tokens as the capacity.
  public init(_ memory: Memory, at position: Tensor? = nil) {
    (self.memory, self.position) = (memory, position)
  }

  public var capacity: Int { memory.capacity }

  /// The places of the pass's tokens, `[T]`; nil for 0, 1, … T − 1.
  public var places: Tensor? { position.map { $0.indicesInInt32.reshaped([1]) } }

  /// The number of keys that there are with those of this pass, `[N]`; nil if the pass has them all.
  func lengths(_ count: Int) -> Tensor? {
    position.map { ($0.indicesInInt32 + 1).reshaped([1]).broadcast(to: [count]) }
  }

  /// The keys or values of all tokens so far, with those of this pass, `[N, G, S, D]`; of a text from its beginning these themselves.
  ///
  /// - Parameter new: `[N, G, T, D]`.
  private func extended(_ name: String, by new: Tensor) -> Tensor {
    guard new.error == nil else { return new }
    let (count, groups, length, size) = (new.shape[0], new.shape[1], new.shape[2], new.shape[3])
    guard length == (position == nil ? capacity : 1) else {
      return .invalid(
        "keyValueCache",
        position == nil
          ? "a text that is read from its beginning has as many places as the cache, \(capacity), not \(length)"
          : "one token is read at a time after the beginning, not \(length)")
    }
    // Rows of a place are next to one another, as attention reads them.
    let state = memory.state("\(name).\(layers)", [count, capacity, groups, size], new.dtype)
    guard state.shape == [count, capacity, groups, size], state.dtype == new.dtype else {
      return .invalid(
        "keyValueCache",
        "holds \(state.dtype)\(state.shape), where this pass has \(new.dtype)\([count, capacity, groups, size])"
      )
    }
    let rows = new.transposed([0, 2, 1, 3])
    guard let places else {
      assignments.append(Assignment(state, rows))
      return new
    }
    let isNew = Tensor.indices(capacity).reshaped([1, capacity, 1, 1]) .== places.reshaped([1, 1, 1, 1])
    let all = select(isNew, rows.broadcast(to: state.shape), state.value)
    assignments.append(Assignment(state, all))
    return all.transposed([0, 2, 1, 3])
  }

  /// Keys and values of the next attention of the pass.
  func extended(keys: Tensor, values: Tensor) -> (keys: Tensor, values: Tensor) {
    defer { layers += 1 }
    return (extended("keys", by: keys), extended("values", by: values))
  }
}
