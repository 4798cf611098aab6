import Lemnos

/// A network that is trained with certain settings, once for each of several seeds.
struct Experiment: Sendable {
  let name: String
  let model: @Sendable (_ classes: Int) -> any Layer
  let optimizer: any Optimizer

  /// How many of the training images; nil for all that are not held out.
  let images: Int?
  let epochs: Int
  let batchSize: Int
  /// How many runs make the full form.
  let seeds: Int

  /// The standard deviation of the first weights; nil for √(2 / fan-in).
  var weightScale: Double?
  var regularization = 0.0
  var schedule: any Schedule = ConstantRate()
  /// As the assignment has them: pixels of 0 … 255 less the mean image, and batches drawn with replacement.
  var normalization = Normalization.mean
  var sampling = Sampling.withReplacement
  var augmentation = Augmentation.none

  /// What others got.
  var expectations: [Expectation] = []

  struct Expectation: Sendable {
    let measure: Measure
    let published: Double?
    let torch: Band?
  }

  /// What others got for one measure.
  ///
  /// - Parameter torch: mean and standard deviation over `runs`.
  func expecting(
    _ measure: Measure, published: Double? = nil, torch: (mean: Double, deviation: Double)? = nil,
    runs: Int = 20
  ) -> Experiment {
    var copy = self
    copy.expectations.append(
      Expectation(
        measure: measure, published: published,
        torch: torch.map { Band($0.mean, $0.deviation, count: runs) }))
    return copy
  }
}

/// What became of an experiment.
struct Trials {
  let experiment: Experiment
  /// The experiment's name, and how many images and epochs it was done with.
  let label: String
  let histories: [History]

  /// The parameters at the end of the first run, by name.
  let parameters: [String: TensorValues]

  /// Whether it was done with the images and epochs that it asks for.
  let isWhole: Bool

  func values(_ measure: Measure) -> [Double] {
    histories.map { history in
      switch measure {
      case .firstLoss: Double(history.losses.first ?? .nan)
      case .trainingAccuracy: history.epochs.last?.trainingAccuracy ?? .nan
      case .validationAccuracy: history.epochs.last?.validationAccuracy ?? .nan
      case .bestValidationAccuracy: history.best?.validationAccuracy ?? .nan
      }
    }
  }

  func band(_ measure: Measure) -> Band { Band(of: values(measure)) }

  var claims: [Claim] {
    experiment.expectations.map {
      Claim(
        experiment: label, measure: $0.measure, published: isWhole ? $0.published : nil,
        torch: isWhole ? $0.torch : nil, ours: band($0.measure))
    }
  }
}
