import Lemnos
import Reports

extension Part {
  static let twoLayerNet = Part(name: "two-layer-net", title: "The two-layer network") { reproduction in
    let trials = try reproduction.trials(.twoLayerNet, images: 5000)
    return Result(
      claims: trials.claims,
      blocks: [
        .paragraph(
          "Affine – ReLU – affine with 100 hidden units, plain gradient descent with a rate of 0.001 that loses a "
            + "twentieth after each of ten epochs."),
        .figures(trials.figures("two-layer-net")),
      ])
  }
}

extension Experiment {
  static let twoLayerNet = Experiment(
    name: "Two-layer net, SGD", model: { Lemnos.TwoLayerNet(hidden: 100, classes: $0) },
    optimizer: SGD(learningRate: 1e-3), images: nil, epochs: 10, batchSize: 100, seeds: 10, weightScale: 1e-3,
    schedule: EpochDecay(0.95)
  )
  .expecting(.trainingAccuracy, published: 0.611, torch: (0.615, 0.017), runs: 5)
  .expecting(.validationAccuracy, published: 0.512, torch: (0.513, 0.005), runs: 5)
  .expecting(.bestValidationAccuracy, torch: (0.521, 0.009), runs: 5)
}
