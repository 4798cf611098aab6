package import Lemnos
package import Reports
import Wording

/// Runs the experiments of CS231n's assignment 2 and reports them.
package final class Reproduction {
  /// The extent of the reproduction.
  package enum Form: String, Sendable {
    /// Everything, several runs of each experiment.
    case full
    /// One run per experiment, large ones on fewer images.
    case quick
  }

  /// A progress event.
  package enum Event: Sendable {
    case part(String)
    /// A run of an experiment has finished, with its number, the total, and the results so far.
    case run(experiment: String, number: Int, of: Int, seconds: Double, validationAccuracy: Double)
  }

  /// The error of a reproduction that was stopped.
  package struct Stopped: Error {}

  let data: Dataset
  let backend: BackendChoice
  let form: Form
  let seed: UInt64
  private let report: (Event) -> Void
  private let isStopped: () -> Bool

  /// - Parameters:
  ///   - seed: of each experiment's first run; the others count up from it.
  ///   - report: receives progress events.
  ///   - isStopped: polled often; true stops the reproduction.
  package init(
    data: Dataset, backend: BackendChoice, form: Form, seed: UInt64, on report: @escaping (Event) -> Void,
    until isStopped: @escaping () -> Bool
  ) {
    self.data = data
    self.backend = backend
    self.form = form
    self.seed = seed
    self.report = report
    self.isStopped = isStopped
  }

  /// The published numbers are of CIFAR-10.
  var isPublishedData: Bool { data.name == "cifar10" }

  /// Runs some parts, in order.
  ///
  /// - Throws: `Stopped`, and errors of the trainer.
  package func run(_ parts: [Part]) throws -> Outcome {
    let clock = ContinuousClock()
    let start = clock.now
    var claims: [Claim] = []
    var sections: [Report.Section] = []
    for part in parts {
      report(.part(part.title))
      let begin = clock.now
      let result = try part.body(self)
      try check()
      let seconds = NumberText.decimal((clock.now - begin) / .seconds(1), 1)
      claims += result.claims
      sections.append(Report.Section(part.title, result.blocks + [.paragraph("This took \(seconds) s.")]))
    }
    let reason = try backend.open().reason
    return Outcome(
      claims: claims,
      report: Report(
        "CS231n, assignment 2, with Lemnos",
        introduction: try introduction(claims, reason: reason, seconds: (clock.now - start) / .seconds(1)),
        sections: sections))
  }

  func check() throws {
    if isStopped() { throw Stopped() }
  }

  /// Trains an experiment's network, once per seed of the form.
  func trials(_ experiment: Experiment, images quickImages: Int? = nil, epochs quickEpochs: Int? = nil) throws
    -> Trials
  {
    let images = form == .quick ? quickImages ?? experiment.images : experiment.images
    let epochs = form == .quick ? quickEpochs ?? experiment.epochs : experiment.epochs
    let runs = form == .quick ? 1 : experiment.seeds
    var settings = TrainingSettings()
    settings.batchSize = experiment.batchSize
    settings.regularization = experiment.regularization
    settings.weightScale = experiment.weightScale
    settings.normalization = experiment.normalization
    settings.sampling = experiment.sampling
    settings.augmentation = experiment.augmentation
    settings.validation = .count(1000)
    settings.trainingSamples = images
    var histories: [History] = []
    var parameters: [String: TensorValues] = [:]
    let clock = ContinuousClock()
    for number in 0..<runs {
      let start = clock.now
      let trainer = try Trainer(
        experiment.model(data.classNames.count), data: data, optimizer: experiment.optimizer,
        schedule: experiment.schedule, backend: backend, settings: settings, seed: seed + UInt64(number))
      try trainer.run(epochs: epochs, until: isStopped)
      try check()
      histories.append(trainer.history)
      if number == 0 { parameters = try trainer.checkpoint().tensors }
      report(
        .run(
          experiment: experiment.name, number: number + 1, of: runs,
          seconds: (clock.now - start) / .seconds(1),
          validationAccuracy: trainer.history.epochs.last?.validationAccuracy ?? .nan))
    }
    let count = images ?? data.training.count - 1000
    return Trials(
      experiment: experiment,
      label: "\(experiment.name), \(count.grouped) images, \(epochs) \(epochs == 1 ? "epoch" : "epochs")",
      histories: histories, parameters: parameters,
      isWhole: images == experiment.images && epochs == experiment.epochs)
  }

  private func introduction(_ claims: [Claim], reason: String, seconds: Double) throws -> [Report.Block] {
    var blocks: [Report.Block] = [
      .paragraph(
        "Data: \(data.name), \(data.training.count.grouped) training images of \(data.shape), the last 1,000 of them "
          + "held out for validation. Backend: \(reason) Seeds from \(seed). "
          + "All of it took \(NumberText.decimal(seconds, 0)) s.")
    ]
    if form == .quick {
      blocks.append(
        .paragraph(
          "This is the quick form: one run of each experiment, so every number has the luck of a single run, and the "
            + "experiments on all images use fewer. Leave out --quick for several runs of everything."))
    }
    if !isPublishedData {
      blocks.append(
        .paragraph(
          "The published numbers and PyTorch's are of CIFAR-10. These images are others, so those columns do not apply."
        ))
    }
    guard !claims.isEmpty else { return blocks }
    // Columns that do not apply are omitted.
    let columns = isPublishedData ? Array(Claim.columns.indices) : [0, 1, 4]
    blocks.append(
      .table(
        Table(
          columns.map { Claim.columns[$0] },
          claims.indices.map { number in
            var cells = claims[number].cells(isComparable: isPublishedData)
            // An experiment is named once.
            if number > 0, claims[number - 1].experiment == claims[number].experiment { cells[0] = "" }
            return columns.map { cells[$0] }
          })))
    if isPublishedData {
      blocks.append(
        .paragraph(
          "“Published” is what one run of a student's notebook printed. “PyTorch” is the same experiment in PyTorch on the "
            + "same data, mean ± standard deviation over runs with different seeds. “Within chance” is a mean below the "
            + "published number, or where there is none PyTorch's, but not below PyTorch's by more than two standard errors; "
            + "beyond that it is worse. No seed, setting or epoch is chosen to meet a number."))
    }
    return blocks
  }
}

/// One part of the assignment.
package struct Part: Sendable {
  /// Its name on the command line.
  package let name: String
  package let title: String
  let body: @Sendable (Reproduction) throws -> Result

  /// The results of a part.
  struct Result {
    var claims: [Claim] = []
    var blocks: [Report.Block]
  }

  package static let all: [Part] = [
    .layers, .twoLayerNet, .overfitting, .updateRules, .batchNormalization, .dropout, .convNet, .filters,
    .speed,
    .beyond,
  ]
}

/// The results of a reproduction.
package struct Outcome {
  package let claims: [Claim]
  package let report: Report
}
