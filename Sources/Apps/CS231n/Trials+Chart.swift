import Lemnos
import Reports

extension Trials {
  /// Training accuracy after each epoch: the mean over the runs, with a band of one standard deviation.
  func trainingCurve(_ name: String) -> Chart.Series { curve(name) { $0.trainingAccuracy } }

  /// Validation accuracy after each epoch, likewise.
  func validationCurve(_ name: String) -> Chart.Series { curve(name) { $0.validationAccuracy ?? .nan } }

  private func curve(_ name: String, _ value: (History.Epoch) -> Double) -> Chart.Series {
    let epochs = histories.map(\.epochs.count).min() ?? 0
    let bands = (0..<epochs).map { epoch in Band(of: histories.map { value($0.epochs[epoch]) }) }
    return Chart.Series(name, bands.map(\.mean), spread: bands.map(\.deviation))
  }

  /// The loss of the steps: the mean over the runs, smoothed to about 200 points.
  func lossCurve(_ name: String) -> Chart.Series {
    let steps = histories.map(\.losses.count).min() ?? 0
    let width = max(1, steps / 200)
    let points = stride(from: 0, to: steps, by: width).map { start in
      let range = start..<min(start + width, steps)
      let sum = histories.reduce(0.0) { sum, history in
        sum + history.losses[range].reduce(0) { $0 + Double($1) }
      }
      return Chart.Point(
        Double(range.lowerBound + range.upperBound + 1) / 2, sum / Double(range.count * histories.count))
    }
    return Chart.Series(name, points)
  }

  /// Charts of this experiment alone: loss, and accuracies if there are several epochs.
  func figures(_ name: String) -> [Report.Figure] {
    let loss = Report.Figure(
      "\(name)-loss", .chart(Chart("Loss", x: "step", y: "loss", [lossCurve("loss")])),
      caption: "\(label): the loss of each step, penalties included.")
    guard histories.allSatisfy({ $0.epochs.count > 1 }) else { return [loss] }
    let bands = histories.count > 1 ? "; the bands are one standard deviation over runs." : "."
    return [
      loss,
      Report.Figure(
        "\(name)-accuracy",
        .chart(
          Chart(
            "Accuracy", x: "epoch", y: "accuracy", [trainingCurve("training"), validationCurve("validation")])
        ),
        caption: "\(label): accuracy after each epoch\(bands)"),
    ]
  }
}
