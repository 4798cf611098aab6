import Lemnos
import Training

extension RunConfiguration {
  /// In whose form a run does what frameworks do differently under one name.
  enum Conventions: String, CaseIterable, SettingValue {
    case lemnos

    /// Running variances are unbiased, a velocity adds up gradients, and weight decay is of all parameters and part of the update.
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
