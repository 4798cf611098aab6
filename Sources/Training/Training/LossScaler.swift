import Tensors

/// The states of loss scaling, and their update in a step.
struct LossScaler {
  let scale: State
  /// Good steps since the scale last changed.
  let goodSteps: State
  let skippedSteps: State
  private let settings: LossScaling

  var states: [State] { [scale, goodSteps, skippedSteps] }

  init(_ settings: LossScaling) {
    self.settings = settings
    scale = State("lossScale", [], role: .progress, initial: .constant(settings.initialScale))
    goodSteps = State("lossScale.goodSteps", [], dtype: .int32, role: .progress)
    skippedSteps = State("lossScale.skippedSteps", [], dtype: .int32, role: .progress)
  }

  /// The number of gradients with infinite or NaN elements: 0 for a good step.
  ///
  /// By their sums: adding to such an element never makes it finite. Conversely a sum of finite numbers may
  /// overflow float32; then a smaller scale is right as well. Uses a comparison, not x − x, which drivers
  /// without NaN support may fold to 0.
  static func overflow(of gradients: [Tensor]) -> Tensor {
    gradients.reduce(Tensor(0)) { count, gradient in
      count + select(abs(gradient.sum()) .< .infinity, Tensor(0), Tensor(1))
    }
  }

  /// The assignments of a step, which after an overflow leave everything as it was.
  func guarding(_ assignments: [Assignment], against overflow: Tensor) -> [Assignment] {
    assignments.map { Assignment($0.state, select(overflow, $0.state.value, $0.value)) }
  }

  /// The scaler's own after a step.
  func assignments(after overflow: Tensor) -> [Assignment] {
    let (s, good) = (scale.value, goodSteps.value + 1)
    let zero = Tensor(0, dtype: .int32)
    let isDue = good .== Tensor(Double(settings.growthInterval), dtype: .int32)
    let halved = maximum(s * 0.5, Tensor(LossScaling.range.lowerBound))
    let doubled = minimum(s * 2, Tensor(LossScaling.range.upperBound))
    return [
      Assignment(scale, select(overflow, halved, select(isDue, doubled, s))),
      Assignment(goodSteps, select(overflow, zero, select(isDue, zero, good))),
      Assignment(skippedSteps, select(overflow, skippedSteps.value + 1, skippedSteps.value)),
    ]
  }
}
