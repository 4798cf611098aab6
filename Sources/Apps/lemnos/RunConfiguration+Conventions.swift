import Lemnos

extension RunConfiguration {
  /// Whose definitions a run follows where frameworks differ under the same name.
  enum Conventions: String, Codable, CaseIterable {
    case lemnos

    /// PyTorch's: unbiased running variances; velocity accumulates gradients, not steps; weight decay applies
    /// to all parameters and is added to the gradients.
    case pytorch

    /// The list of names for the help of options.
    static let names = allCases.map(\.rawValue).joined(separator: "|")

    var velocity: Velocity { self == .pytorch ? .ofGradients : .ofSteps }
    var weightDecayScope: WeightDecayScope { self == .pytorch ? .allParameters : .weights }

    func set(_ settings: inout TrainingSettings) {
      settings.runningVariance = self == .pytorch ? .unbiased : .biased
      settings.regularizationScope = weightDecayScope
      settings.regularizationPlace = self == .pytorch ? .gradients : .loss
    }
  }

  func makeOptimizer() -> any Optimizer {
    let conventions = conventions ?? .lemnos
    return switch optimizer {
    case .sgd: SGD(learningRate: learningRate)
    case .momentum: Momentum(learningRate: learningRate, velocity: conventions.velocity)
    case .nesterov: NesterovMomentum(learningRate: learningRate, velocity: conventions.velocity)
    case .rmsprop: RMSProp(learningRate: learningRate)
    case .adam: Adam(learningRate: learningRate)
    case .adamw:
      AdamW(
        learningRate: learningRate, weightDecay: weightDecay ?? 0.01, scope: conventions.weightDecayScope)
    }
  }
}
