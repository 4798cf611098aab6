import Lemnos
import Reports
import Wording

/// What a reproduction of nanoGPT's recipe comes to, as a report.
struct CharGPTPage {
  let text: String
  let tokens: (training: Int, held: Int)
  let vocabulary: Int
  let reason: String
  let form: CharGPTReproduction.Form
  let runs: [CharGPTReproduction.Run]
  let sample: String

  /// nanoGPT's README: one run on tiny Shakespeare, measured on 20 batches of the text held out.
  private static let published = 1.88

  /// The same recipe in PyTorch 2.15 on the same text, seeds 0 to 4, measured on 6,400 windows of the text held out.
  private static let torch = Band(1.9006, 0.0068, count: 5)

  var report: Report {
    Report(
      "nanoGPT's characters, with Lemnos", introduction: introduction,
      sections: [
        Report.Section("Runs", [.table(table), .figures([losses, measured])]),
        Report.Section(
          "What it writes",
          [
            .paragraph("500 characters of the first run's model after a line end, at a temperature of 0.8."),
            .preformatted(sample),
          ]),
      ])
  }

  private var band: Band { Band(of: runs.map(\.validationLoss)) }

  private var introduction: [Report.Block] {
    [
      .paragraph(
        "Text: \(text), \(tokens.training.grouped) characters to learn from and \(tokens.held.grouped) held out, of "
          + "\(vocabulary) kinds. Backend: \(reason)"),
      .paragraph(
        "Four blocks of four heads and 128 channels read 64 characters; \(form.steps.grouped) steps of 12 windows that begin "
          + "anywhere, AdamW (betas 0.9 and 0.99, a decay of 0.1 of matrices), gradients clipped to a norm of 1, a rate that rises "
          + "to 0.001 and falls along a cosine to 0.0001."),
      .paragraph(
        "Validation loss: \(band.text) nats for each character, all of the text held out; "
          + "\(NumberText.decimal(Band(of: runs.map(\.seconds)).mean, 1)) s for each run, from opening the backend to the last "
          + "measurement."),
      .paragraph(
        form == .quick
          ? "This is the quick form: one run of a fifth of the steps, to be compared with nothing. Leave out --quick."
          : "On tiny Shakespeare nanoGPT's README has \(NumberText.decimal(Self.published, 2)), of one run on 20 batches; PyTorch "
            + "has \(Self.torch.text), on 6,400 windows of the text held out."),
    ]
  }

  private var table: Table {
    Table(
      [
        .number("seed"), .number("seconds"), .number("loss of the last 100 steps"),
        .number("validation loss"),
      ],
      runs.map { run in
        let last = run.history.losses.suffix(100)
        return [
          Table.Cell("\(run.seed)"), Table.Cell(NumberText.decimal(run.seconds, 1)),
          Table.Cell(NumberText.decimal(last.reduce(0) { $0 + Double($1) } / Double(max(last.count, 1)), 3)),
          Table.Cell(NumberText.decimal(run.validationLoss, 3)),
        ]
      })
  }

  /// The loss of the steps: the mean over the runs, of 20 steps at a time.
  private var losses: Report.Figure {
    let (steps, width) = (runs.map(\.history.losses.count).min() ?? 0, 20)
    let points = stride(from: 0, to: steps, by: width).map { start in
      let range = start..<min(start + width, steps)
      let sum = runs.reduce(0.0) { sum, run in run.history.losses[range].reduce(sum) { $0 + Double($1) } }
      return Chart.Point(Double(range.upperBound), sum / Double(range.count * runs.count))
    }
    return Report.Figure(
      "loss", .chart(Chart("Loss", x: "step", y: "nats", [Chart.Series("training", points)])),
      caption: "The loss of the steps, 20 at a time, the mean over the runs.")
  }

  private var measured: Report.Figure {
    let epochs = runs.map(\.history.epochs.count).min() ?? 0
    let bands = (0..<epochs).map { epoch in
      Band(of: runs.map { $0.history.epochs[epoch].validation?.loss ?? .nan })
    }
    let points = (0..<epochs).map { Chart.Point(Double(runs[0].history.epochs[$0].step), bands[$0].mean) }
    return Report.Figure(
      "validation",
      .chart(
        Chart(
          "Validation loss", x: "step", y: "nats",
          [Chart.Series("validation", points, spread: bands.map(\.deviation))])),
      caption:
        "Of the text held out\(runs.count > 1 ? "; the band is one standard deviation over the runs." : ".")")
  }
}
