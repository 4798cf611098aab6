import Lemnos
import Reports

extension Part {
  static let overfitting = Part(name: "overfitting", title: "Learning 50 images by heart") { reproduction in
    let all = try [Experiment.threeLayersOverfit, .fiveLayersOverfit].map { try reproduction.trials($0) }
    return Result(
      claims: all.flatMap(\.claims),
      blocks: [
        .paragraph(
          "A network that cannot learn 50 images by heart has a mistake somewhere. Three and five affine layers of 100 "
            + "units, SGD, batches of 25, 20 epochs."),
        .figures([
          Report.Figure(
            "overfitting-loss",
            .chart(
              Chart(
                "Loss", x: "step", y: "loss", yScale: .logarithmic,
                zip(["three layers", "five layers"], all).map { $1.lossCurve($0) })),
            caption: "The mean loss over the runs."),
          Report.Figure(
            "overfitting-accuracy",
            .chart(
              Chart(
                "Training accuracy", x: "epoch", y: "accuracy",
                zip(["three layers", "five layers"], all).map { $1.trainingCurve($0) })),
            caption: "Mean over the runs, and one standard deviation."),
        ]),
      ])
  }
}

extension Experiment {
  private static func overfit(
    _ name: String, hidden: [Int], weightScale: Double, learningRate: Double
  ) -> Experiment {
    Experiment(
      name: name, model: { FullyConnectedNet(hidden: hidden, classes: $0) },
      optimizer: SGD(learningRate: learningRate), images: 50, epochs: 20, batchSize: 25, seeds: 20,
      weightScale: weightScale)
  }

  static let threeLayersOverfit = overfit(
    "Three layers", hidden: [100, 100], weightScale: 3e-2, learningRate: 1e-3
  )
  .expecting(.firstLoss, torch: (7.6, 1.9))
  .expecting(.trainingAccuracy, published: 1, torch: (1, 0))

  static let fiveLayersOverfit = overfit(
    "Five layers", hidden: [100, 100, 100, 100], weightScale: 5e-2, learningRate: 8e-3
  )
  .expecting(.firstLoss, torch: (4.2, 0.9))
  .expecting(.trainingAccuracy, published: 1, torch: (1, 0))
}
