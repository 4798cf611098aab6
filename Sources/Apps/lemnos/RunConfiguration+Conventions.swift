import Lemnos
import Training

extension RunConfiguration {
  /// In whose form a run does what frameworks do differently under one name.
  enum Conventions: String, CaseIterable, SettingValue {
    case lemnos

    /// PyTorch's: unbiased running variances; velocity accumulates gradients, not steps; weight decay applies
    /// to all parameters and is added to the gradients.
    case pytorch

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
    let (beta1, beta2) = betas.map { ($0[0], $0[1]) } ?? (0.9, 0.999)
    return switch optimizer {
    case .sgd: SGD(learningRate: learningRate)
    case .momentum: Momentum(learningRate: learningRate, velocity: conventions.velocity)
    case .nesterov: NesterovMomentum(learningRate: learningRate, velocity: conventions.velocity)
    case .rmsprop: RMSProp(learningRate: learningRate)
    case .adam: Adam(learningRate: learningRate, beta1: beta1, beta2: beta2)
    case .adamw:
      AdamW(
        learningRate: learningRate, weightDecay: weightDecay ?? 0.01, scope: conventions.weightDecayScope,
        beta1: beta1, beta2: beta2)
    }
  }
}
