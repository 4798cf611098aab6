import Lemnos
import Reports
import Wording

extension Part {
  static let dropout = Part(name: "dropout", title: "Dropout") { reproduction in
    let without = try reproduction.trials(.withoutDropout)
    let with = try reproduction.trials(.withDropout)
    let named = [("no dropout", without), ("0.75 dropped", with)]
    let gaps = named.map { name, trials in
      let gap = zip(trials.values(.trainingAccuracy), trials.values(.validationAccuracy)).map { $0 - $1 }
      return [Table.Cell(name), Table.Cell(Band(of: gap).text)]
    }
    return Result(
      claims: without.claims + with.claims,
      blocks: [
        .paragraph(
          "What comes out of inverted dropout for 500×500 normal numbers around 10: while training the mean is kept and "
            + "the asked fraction is zero, and in evaluation nothing happens. The rate is the probability of dropping."
        ),
        .table(try statistics(reproduction)),
        .paragraph(
          "A two-layer net of 500 hidden units on 500 images, Adam with a rate of 0.0005, 25 epochs, without dropout and "
            + "with a rate of 0.75. The gap between training and validation accuracy narrows:"),
        .table(Table([.text("network"), .number("training − validation accuracy")], gaps)),
        .figures([
          Report.Figure(
            "dropout-training",
            .chart(Chart("Training accuracy", x: "epoch", y: "accuracy", named.map { $1.trainingCurve($0) })),
            caption: "Training accuracy, with dropout and without."),
          Report.Figure(
            "dropout-validation",
            .chart(
              Chart("Validation accuracy", x: "epoch", y: "accuracy", named.map { $1.validationCurve($0) })),
            caption: "Validation accuracy, with dropout and without."),
        ]),
      ])
  }

  private static func statistics(_ reproduction: Reproduction) throws -> Table {
    let input = State(
      "input", [500, 500], role: .data, initial: .normal(standardDeviation: 1))
    let x = input.value + 10
    let rows = try [0.3, 0.6, 0.75].map { rate in
      func output(_ mode: Pass.Mode) throws -> [Double] {
        let pass = Pass(
          mode, states: StateStore(),
          key: Tensor([Int32(truncatingIfNeeded: reproduction.seed), 0], shape: [2]))
        return try Dropout(rate).forward(x, in: pass).values(on: reproduction.backend).doubles
      }
      let (trained, evaluated) = (try output(.training), try output(.evaluation))
      func mean(_ values: [Double]) -> Table.Cell {
        Table.Cell(NumberText.decimal(values.reduce(0, +) / Double(values.count), 3))
      }
      func zeros(_ values: [Double]) -> Table.Cell {
        Table.Cell(NumberText.decimal(Double(values.count { $0 == 0 }) / Double(values.count), 4))
      }
      return [
        Table.Cell(NumberText.decimal(rate, 2)), mean(try x.values(on: reproduction.backend).doubles),
        mean(trained),
        mean(evaluated), zeros(trained), zeros(evaluated),
      ]
    }
    return Table(
      [
        .number("rate"), .number("mean of input"), .number("mean, training"), .number("mean, evaluation"),
        .number("zeros, training"), .number("zeros, evaluation"),
      ], rows)
  }
}

extension Experiment {
  private static func twoLayers(_ name: String, dropout: Double) -> Experiment {
    Experiment(
      name: name, model: { FullyConnectedNet(hidden: [500], classes: $0, dropout: dropout) },
      optimizer: Adam(learningRate: 5e-4), images: 500, epochs: 25, batchSize: 100, seeds: 20,
      weightScale: 1e-2)
  }

  static let withoutDropout = twoLayers("Two layers, no dropout", dropout: 0)
    .expecting(.firstLoss, published: 7.86, torch: (8.6, 1.1))
    .expecting(.trainingAccuracy, torch: (0.989, 0.013))
    .expecting(.validationAccuracy, torch: (0.298, 0.011))

  static let withDropout = twoLayers("Two layers, 0.75 dropped", dropout: 0.75)
    .expecting(.firstLoss, published: 17.3, torch: (16.1, 1.3))
    .expecting(.trainingAccuracy, torch: (0.920, 0.011))
    .expecting(.validationAccuracy, torch: (0.314, 0.013))
}
