import Lemnos
import Pictures
import Reports
import Wording

extension Part {
  static let convNet = Part(name: "convnet", title: "The three-layer convolutional network") { reproduction in
    let overfit = try reproduction.trials(.convNetOverfits)
    let whole = try reproduction.trials(.convNet, images: 1000)
    return Result(
      claims: overfit.claims + whole.claims,
      blocks: [
        .paragraph(
          "Conv – ReLU – 2×2 max pool – affine – ReLU – affine with 32 filters of 7×7. Before training, its loss on random "
            + "images is that of guessing, ln 10 = 2.3026, and a penalty on the weights comes on top:"),
        .table(try initialLosses(reproduction)),
        .paragraph("Learning 100 images by heart, with Adam, batches of 50 and 15 epochs:"),
        .figures(overfit.figures("convnet-overfits")),
        .paragraph(
          "One epoch on all images, 500 hidden units, Adam, batches of 50, with a penalty of strength 0.001:"),
        .figures(whole.figures("convnet") + [filters(of: whole)]),
      ])
  }

  private static func initialLosses(_ reproduction: Reproduction) throws -> Table {
    let shape = reproduction.data.shape
    let images = State(
      "images", [50, shape.channels, shape.height, shape.width], role: .data,
      initial: .normal(standardDeviation: 1))
    let classes = reproduction.data.classNames.count
    let labels = Tensor((0..<50).map { Int32($0 % classes) }, shape: [50])
    let rows = try [("none", 0.0, "2.3026"), ("0.5", 0.5, "higher")].map { name, strength, published in
      let states = StateStore()
      let pass = Pass(.training, states: states, weightScale: 1e-3)
      let scores = ThreeLayerConvNet(classes: classes).forward(images.value, in: pass)
      let loss = Loss.softmaxCrossEntropy(scores, labels) + weightDecay(of: states, strength: strength)
      let value = try loss.values(on: reproduction.backend).doubles[0]
      return [Table.Cell(name), Table.Cell(published, .dim), Table.Cell(NumberText.decimal(value, 4))]
    }
    return Table([.text("penalty"), .number("published"), .number("Lemnos")], rows)
  }

  /// The first layer's filters, each scaled to use all levels.
  private static func filters(of trials: Trials) -> Report.Figure {
    guard let weight = trials.parameters["0.weight"] else {
      preconditionFailure("the first layer of a convolutional network has weights")
    }
    let (count, channels, side) = (weight.shape[0], weight.shape[1], weight.shape[2])
    let values = weight.doubles
    let size = channels * side * side
    let tiles = (0..<count).map { filter in
      Picture(
        scaling: Array(values[filter * size..<(filter + 1) * size]), width: side, height: side,
        channels: channels
      )
      .enlarged(by: 6)
    }
    return Report.Figure(
      "convnet-filters", .picture(Picture(grid: tiles, gap: 3)),
      caption:
        "The \(count) filters of \(side)×\(side) of the first layer after training, each scaled to use all levels."
    )
  }
}

extension Experiment {
  static let convNetOverfits = Experiment(
    name: "Convnet", model: { ThreeLayerConvNet(classes: $0) },
    optimizer: Adam(learningRate: 1e-3), images: 100, epochs: 15, batchSize: 50, seeds: 20, weightScale: 1e-2
  )
  .expecting(.firstLoss, torch: (2.35, 0.07))
  .expecting(.trainingAccuracy, published: 1, torch: (0.948, 0.046))

  static let convNet = Experiment(
    name: "Convnet, reg 0.001", model: { ThreeLayerConvNet(hidden: 500, classes: $0) },
    optimizer: Adam(learningRate: 1e-3), images: nil, epochs: 1, batchSize: 50, seeds: 5, weightScale: 1e-3,
    regularization: 1e-3
  )
  .expecting(.firstLoss, torch: (2.305, 0), runs: 5)
  .expecting(.trainingAccuracy, published: 0.484, torch: (0.479, 0.025), runs: 5)
  .expecting(.validationAccuracy, published: 0.485, torch: (0.473, 0.012), runs: 5)
}
