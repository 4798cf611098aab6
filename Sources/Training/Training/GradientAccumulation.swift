import Tensors

/// The mean of the gradients of several batches, by which one step is done: the effect of all of them in the memory of
/// one.
///
///     ḡ = (g₁ + … + gₙ) / n
///
/// Each batch is a run of the step's program. All but the last of a step leave parameters and optimizer state as they are.
struct GradientAccumulation {
  let batches: Int
  /// Steps done before.
  let step: Tensor
  /// The updates of the sums of gradients, for each batch.
  private(set) var assignments: [Assignment] = []
  /// True for the last batch of a step.
  private let isLast: Tensor

  /// - Parameter counter: batches that were done before, an int32 scalar.
  init(_ batches: Int, counter: Tensor) {
    self.batches = batches
    step = batches == 1 ? counter : counter / batches
    isLast = counter % batches .== Tensor(Double(batches - 1), dtype: .int32)
  }

  /// A step on gradients that are means already.
  ///
  /// - Parameter step: steps done before, an int32 scalar.
  init(step: Tensor) { (batches, self.step, isLast) = (1, step, Tensor(1, dtype: .int32)) }

  /// The mean of some values over the batches of a step so far, taken for all of them: right after the last one.
  mutating func means(of values: [Tensor], named name: (Int) -> String) -> [Tensor] {
    guard batches > 1 else { return values }
    return values.enumerated().map { index, value in
      // Not saved: between steps, where a run stops and goes on, it is zero, even after a step that overflowed.
      let sum = State("accumulation.\(name(index))", value.shape, dtype: value.dtype, role: .optimizer)
      let next = sum.value + value
      assignments.append(Assignment(sum, select(isLast, Tensor(0, dtype: value.dtype), next)))
      return next / batches
    }
  }

  /// Assignments that take effect in the last batch of a step only.
  func once(_ assignments: [Assignment]) -> [Assignment] {
    guard batches > 1 else { return assignments }
    return assignments.map { Assignment($0.state, select(isLast, $0.value, $0.state.value)) }
  }
}
