/// Where a training loop of one's own has its random numbers from: a key, and a counter that each step moves on.
///
///     let random = RandomSource(seed: 7)
///     let pass = Pass(.training, states: states, random: random)
///     let noise = pass.uniform([64, 100])     // other numbers each step, the same ones for the same seed
///     …   assigning: updates + pass.assignments
///
/// Both are states, so that a run that is saved goes on with the numbers that it would have had.
public struct RandomSource: Sendable {
  /// The seed's halves, int32 `[2]`.
  public let key: State

  /// Steps so far, an int32 scalar.
  public let counter: State

  /// - Parameter name: begins the names of its states.
  public init(seed: UInt64, named name: String = "random") {
    let words = [Int32(truncatingIfNeeded: seed), Int32(truncatingIfNeeded: seed >> 32)]
    key = State(
      "\(name).key", [2], dtype: .int32, role: .progress, initial: .values(TensorValues(words, shape: [2])))
    counter = State("\(name).counter", [], dtype: .int32, role: .progress)
  }

  /// What gives the next step other numbers.
  public var advance: Assignment { Assignment(counter, counter.value + 1) }

  public var states: [State] { [key, counter] }
}
