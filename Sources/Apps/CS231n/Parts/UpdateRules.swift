import Lemnos
import Reports

extension Part {
  static let updateRules = Part(name: "update-rules", title: "Update rules") { reproduction in
    let six = try Experiment.sixLayerRules.map {
      (name: $0.name, trials: try reproduction.trials($0.experiment))
    }
    let five = try Experiment.fiveLayerRules.map {
      (name: $0.name, trials: try reproduction.trials($0.experiment))
    }
    func charts(
      _ runs: [(name: String, trials: Trials)], _ layers: String, _ file: String
    ) -> [Report.Figure] {
      [
        Report.Figure(
          "\(file)-loss",
          .chart(Chart("Loss", x: "step", y: "loss", runs.map { $0.trials.lossCurve($0.name) })),
          caption: "\(layers) affine layers: the mean loss of the steps."),
        Report.Figure(
          "\(file)-training",
          .chart(
            Chart(
              "Training accuracy", x: "epoch", y: "accuracy", runs.map { $0.trials.trainingCurve($0.name) })),
          caption: "\(layers) affine layers: training accuracy after each epoch."),
        Report.Figure(
          "\(file)-validation",
          .chart(
            Chart(
              "Validation accuracy", x: "epoch", y: "accuracy",
              runs.map { $0.trials.validationCurve($0.name) })),
          caption: "\(layers) affine layers: validation accuracy after each epoch."),
      ]
    }
    return Result(
      claims: (six + five).flatMap(\.trials.claims),
      blocks: [
        .paragraph(
          "4,000 images, five epochs, batches of 100, hidden layers of 100 units, weights of scale 0.05. The published "
            + "numbers come from six affine layers: the write-up's listing shows five, but its first losses fit only six, and "
            + "with five the order of SGD and momentum turns round. Both are shown."),
        .figures(charts(six, "Six", "update-rules") + charts(five, "Five", "update-rules-five")),
      ])
  }
}

extension Experiment {
  private static func rule(_ name: String, layers: Int, _ optimizer: any Optimizer) -> Experiment {
    Experiment(
      name: "\(layers == 6 ? "Six" : "Five") layers, \(name)",
      model: { FullyConnectedNet(hidden: [Int](repeating: 100, count: layers - 1), classes: $0) },
      optimizer: optimizer, images: 4000, epochs: 5, batchSize: 100, seeds: 20, weightScale: 5e-2)
  }

  static let sixLayerRules: [(name: String, experiment: Experiment)] = [
    (
      "SGD",
      rule("SGD", layers: 6, SGD(learningRate: 1e-2))
        .expecting(.firstLoss, published: 2.60, torch: (2.78, 0.30))
        .expecting(.trainingAccuracy, published: 0.396, torch: (0.426, 0.024))
        .expecting(.validationAccuracy, published: 0.319, torch: (0.332, 0.014))
    ),
    (
      "momentum",
      rule("momentum", layers: 6, Momentum(learningRate: 1e-2))
        .expecting(.trainingAccuracy, published: 0.522, torch: (0.517, 0.022))
        .expecting(.validationAccuracy, published: 0.336, torch: (0.356, 0.014))
    ),
    (
      "Nesterov",
      rule("Nesterov momentum", layers: 6, NesterovMomentum(learningRate: 1e-2))
        .expecting(.trainingAccuracy).expecting(.validationAccuracy)
    ),
    (
      "RMSProp",
      rule("RMSProp", layers: 6, RMSProp(learningRate: 1e-4))
        .expecting(.trainingAccuracy, published: 0.540, torch: (0.529, 0.017))
        .expecting(.validationAccuracy, published: 0.355, torch: (0.363, 0.011))
    ),
    (
      "Adam",
      rule("Adam", layers: 6, Adam(learningRate: 1e-3))
        .expecting(.trainingAccuracy, torch: (0.588, 0.021))
        .expecting(.validationAccuracy, torch: (0.369, 0.016))
    ),
  ]

  static let fiveLayerRules: [(name: String, experiment: Experiment)] = [
    (
      "SGD",
      rule("SGD", layers: 5, SGD(learningRate: 1e-2))
        .expecting(.firstLoss, torch: (4.30, 0.71))
        .expecting(.trainingAccuracy, torch: (0.506, 0.025))
    ),
    (
      "momentum",
      rule("momentum", layers: 5, Momentum(learningRate: 1e-2))
        .expecting(.trainingAccuracy, torch: (0.443, 0.029))
    ),
  ]
}
