import Lemnos
import Reports

/// A network and its training settings, for several seeds.
struct Experiment: Sendable {
  let name: String
  let model: @Sendable (_ classes: Int) -> any Layer
  let optimizer: any Optimizer

  /// The number of training images; nil for all that are not held out.
  let images: Int?
  let epochs: Int
  let batchSize: Int
  /// The number of runs in the full form.
  let seeds: Int

  /// The standard deviation of the initial weights; nil for √(2 / fan-in).
  var weightScale: Double?
  var regularization = 0.0
  var schedule: any Schedule = ConstantRate()
  /// As in the assignment: pixels of 0 … 255 minus the mean image, and batches drawn with replacement.
  var normalization = Normalization.mean
  var sampling = Sampling.withReplacement
  var augmentation = Augmentation.none

  /// The reference results.
  var expectations: [Expectation] = []

  struct Expectation: Sendable {
    let measure: Measure
    let published: Double?
    let torch: Band?
  }

  /// Adds the reference results of one measure.
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

/// The runs of an experiment.
struct Trials {
  let experiment: Experiment
  /// The experiment's name, with its numbers of images and epochs.
  let label: String
  let histories: [History]

  /// The final parameters of the first run, by name.
  let parameters: [String: TensorValues]

  /// True if it ran with the experiment's own numbers of images and epochs.
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
