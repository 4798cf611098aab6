/// The random numbers of a custom training loop: a key, and a counter that each step advances.
///
///     let random = RandomSource(seed: 7)
///     let pass = Pass(.training, states: states, random: random)
///     let noise = pass.uniform([64, 100])     // other numbers each step, the same ones for the same seed
///     …   assigning: updates + pass.assignments
///
/// Both are states, so that a resumed run continues with the same numbers.
public struct RandomSource: Sendable {
  /// The seed's halves, int32 `[2]`.
  public let key: State

  /// Steps so far, an int32 scalar.
  public let counter: State

  /// - Parameter name: the prefix of its states' names.
  public init(seed: UInt64, named name: String = "random") {
    let words = [Int32(truncatingIfNeeded: seed), Int32(truncatingIfNeeded: seed >> 32)]
    key = State(
      "\(name).key", [2], dtype: .int32, role: .progress, initial: .values(TensorValues(words, shape: [2])))
    counter = State("\(name).counter", [], dtype: .int32, role: .progress)
  }

  /// Advances to the next step's numbers.
  public var advance: Assignment { Assignment(counter, counter.value + 1) }

  public var states: [State] { [key, counter] }
}
