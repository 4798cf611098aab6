import Glibc
import Lemnos
import Reports
import Wording

extension Part {
  static let batchNormalization = Part(name: "batch-norm", title: "Batch normalization") { reproduction in
    let with = try reproduction.trials(.withBatchNorm)
    let without = try reproduction.trials(.withoutBatchNorm)
    let named = [("batch norm", with), ("none", without)]
    let scales = try WeightScales(reproduction)
    return Result(
      claims: with.claims + without.claims,
      blocks: [
        .paragraph(
          "Six affine layers of 100 units on 1,000 images, Adam with a rate of 0.001, ten epochs, with batch normalization "
            + "before each ReLU and without."),
        .figures([
          Report.Figure(
            "batch-norm-training",
            .chart(Chart("Training accuracy", x: "epoch", y: "accuracy", named.map { $1.trainingCurve($0) })),
            caption: "Training accuracy, with and without batch normalization."),
          Report.Figure(
            "batch-norm-validation",
            .chart(
              Chart("Validation accuracy", x: "epoch", y: "accuracy", named.map { $1.validationCurve($0) })),
            caption: "Validation accuracy, with and without batch normalization."),
        ]),
        .paragraph(
          "How much the scale of the first weights matters: eight affine layers of 50 units, with scales from 0.0001 to 1. "
            + "Without normalization only a narrow range of scales learns at all."),
        .figures(scales.figures),
      ] + scales.notes)
  }
}

extension Experiment {
  private static func sixLayers(_ name: String, _ normalization: FullyConnectedNet.Normalization)
    -> Experiment
  {
    Experiment(
      name: name,
      model: {
        FullyConnectedNet(hidden: [100, 100, 100, 100, 100], classes: $0, normalization: normalization)
      },
      optimizer: Adam(learningRate: 1e-3), images: 1000, epochs: 10, batchSize: 50, seeds: 20,
      weightScale: 2e-2)
  }

  static let withBatchNorm = sixLayers("Six layers, batch norm", .batch)
    .expecting(.firstLoss, published: 2.341, torch: (2.318, 0.015))
    .expecting(.trainingAccuracy, published: 0.765, torch: (0.798, 0.024))
    .expecting(.validationAccuracy, published: 0.313, torch: (0.323, 0.015))

  static let withoutBatchNorm = sixLayers("Six layers, no norm", .none)
    .expecting(.firstLoss, published: 2.3023, torch: (2.303, 0))
    .expecting(.trainingAccuracy, published: 0.655, torch: (0.647, 0.039))
    .expecting(.validationAccuracy, published: 0.298, torch: (0.324, 0.013))
}

/// One run for each weight scale, with batch normalization and without.
private struct WeightScales {
  var figures: [Report.Figure] = []
  var notes: [Report.Block] = []

  init(_ reproduction: Reproduction) throws {
    let count = reproduction.form == .quick ? 7 : 20
    let scales = (0..<count).map { pow(10, -4 + 4 * Double($0) / Double(count - 1)) }
    var lines: [(name: String, runs: [(scale: Double, history: History)])] = []
    for (name, normalization) in [("batch norm", FullyConnectedNet.Normalization.batch), ("none", .none)] {
      var runs: [(scale: Double, history: History)] = []
      for scale in scales {
        let experiment = Experiment(
          name: "Weight scale \(NumberText.scientific(scale)), \(name)",
          model: {
            FullyConnectedNet(
              hidden: [50, 50, 50, 50, 50, 50, 50], classes: $0, normalization: normalization)
          }, optimizer: Adam(learningRate: 1e-3), images: 1000, epochs: 10, batchSize: 50, seeds: 1,
          weightScale: scale)
        do {
          let trials = try reproduction.trials(experiment)
          runs += trials.histories.map { (scale, $0) }
        } catch let error as TrainingError {
          notes.append(.paragraph("\(experiment.name): \(error)."))
        }
      }
      lines.append((name, runs))
    }
    func figure(
      _ file: String, _ title: String, _ y: String, _ scale: Chart.Scale = .linear,
      _ value: (History) -> Double
    ) -> Report.Figure {
      let series = lines.map { line in
        Chart.Series(line.name, line.runs.map { Chart.Point($0.scale, value($0.history)) })
      }
      return Report.Figure(
        file, .chart(Chart(title, x: "weight scale", y: y, xScale: .logarithmic, yScale: scale, series)),
        caption: "\(title) against the scale of the first weights, ten epochs on 1,000 images, one run each.")
    }
    figures = [
      figure("weight-scale-training", "Best training accuracy", "accuracy") {
        $0.epochs.map(\.trainingAccuracy).max() ?? .nan
      },
      figure("weight-scale-validation", "Best validation accuracy", "accuracy") {
        $0.best?.validationAccuracy ?? .nan
      },
      figure("weight-scale-loss", "Last training loss", "loss", .logarithmic) {
        Double($0.losses.last ?? .nan)
      },
    ]
  }
}
