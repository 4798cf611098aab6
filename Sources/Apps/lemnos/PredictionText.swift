import Lemnos
import Wording

/// The printed form of a step's predicted time on a GPU.
struct PredictionText {
  private let prediction: StepPrediction
  private let batchSize: Int
  private let width: Int

  /// The limit on table rows.
  private static let mostRows = 12

  init(_ prediction: StepPrediction, of batchSize: Int, width: Int) {
    (self.prediction, self.batchSize, self.width) = (prediction, batchSize, width)
  }

  var lines: [String] {
    let card = prediction.card
    let milliseconds = NumberText.decimal(prediction.seconds * 1e3, 2)
    let images = Int(Double(batchSize) / prediction.seconds)
    let opening =
      "Expected on \(card.title): \(milliseconds) ms for a step, \(images.grouped) images/s, in \(prediction.kernels.count) "
      + "kernels on \(prediction.levels) levels. That is a prediction, from the maker's figures."
    return opening.wrapped(to: width) + table.lines(width: width)
  }

  private var table: TextTable {
    var table = TextTable([
      .text("kernel"), .text("layer"), .number("µs"), .number("share"), .text("bound by"),
    ])
    func share(_ seconds: Double) -> String {
      "\(NumberText.decimal(100 * seconds / prediction.seconds, 1)) %"
    }
    let kernels = prediction.kernels.sorted { $0.seconds > $1.seconds }
    for kernel in kernels.prefix(Self.mostRows) {
      let bound = kernel.bound == .start ? "its start" : kernel.bound.rawValue
      table.add([
        kernel.kernel, kernel.layer, NumberText.decimal(kernel.seconds * 1e6, 1), share(kernel.seconds),
        bound + (kernel.usesMatrixUnits ? ", by matrix units" : ""),
      ])
    }
    let others = kernels.dropFirst(Self.mostRows).reduce(0) { $0 + $1.seconds }
    if kernels.count > Self.mostRows {
      table.add([
        "\((kernels.count - Self.mostRows).grouped) others", "", NumberText.decimal(others * 1e6, 1),
        share(others), "",
      ])
    }
    let waiting = prediction.seconds - kernels.reduce(0) { $0 + $1.seconds }
    table.add(["between levels", "", NumberText.decimal(waiting * 1e6, 1), share(waiting), ""])
    return table
  }
}
