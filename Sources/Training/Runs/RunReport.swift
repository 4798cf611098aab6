import Files
public import Reports
import Pictures
import Wording

extension Report {
  /// A report on one run, or on several side by side.
  public init(of runs: [RunRecord]) {
    let title = runs.count == 1 ? runs[0].name : "\(runs.count) runs"
    var sections = [
      Section("Results", [.table(RunReport.table(runs))]),
      Section("Curves", [.figures(RunReport.curves(runs))]),
    ]
    for run in runs { sections += RunReport.details(run, isAlone: runs.count == 1) }
    self.init(
      title, introduction: [.paragraph(RunReport.introduction(runs))],
      sections: sections.filter { !$0.blocks.isEmpty })
  }
}

/// The parts of a report on runs.
private enum RunReport {
  static func introduction(_ runs: [RunRecord]) -> String {
    guard runs.count == 1 else { return "\(runs.count) runs beside one another." }
    return runs.map { run in
      let parameters = run.parameters.map { ", \($0.grouped) parameters" } ?? ""
      return
        "\(run.name): \(run.model ?? "a model")\(parameters), on \(run.data ?? "unknown data"). \(run.state.sentence)"
    }.joined(separator: " ")
  }

  static func table(_ runs: [RunRecord]) -> Table {
    // If all runs monitor the same metric, it is comparable, and named once.
    let names = Set(runs.map(\.monitored))
    let name = names.count == 1 ? runs[0].monitored : nil
    let all = runs.compactMap(\.best)
    let best = name.flatMap { runs[0].higherIsBetter($0) ? all.max() : all.min() }
    func text(_ x: Double?, of run: RunRecord) -> String {
      guard let x, let metric = run.monitored else { return "–" }
      return (name == nil ? "\(metric) " : "") + MetricText.text(x, of: metric)
    }
    return Table(
      [
        .text("run"), .text("state"), .number("epochs"), .number("loss"),
        .number("best\(name.map { " \($0)" } ?? "")"), .number("test\(name.map { " \($0)" } ?? "")"),
        .number("examples/s"), .number("time"),
      ],
      runs.map { run in
        [
          Table.Cell(run.name), Table.Cell(run.state.rawValue, run.state == .failed ? .bad : .plain),
          Table.Cell("\(run.epoch ?? 0)"), Table.Cell(run.loss.map(NumberText.loss) ?? "–"),
          Table.Cell(
            text(run.best, of: run), runs.count > 1 && best != nil && run.best == best ? .good : .plain),
          Table.Cell(text(run.tested, of: run)),
          Table.Cell(run.examplesPerSecond.map(NumberText.whole) ?? "–"),
          Table.Cell(NumberText.time(run.seconds)),
        ]
      })
  }

  static func curves(_ runs: [RunRecord]) -> [Report.Figure] {
    func figure(
      _ name: String, _ title: String, _ y: String, _ event: RunEntry.Event,
      _ fields: [(name: String, value: (RunEntry) -> Double?)]
    ) -> Report.Figure? {
      let series = runs.flatMap { run in
        // Of several runs only the first field, to limit the number of lines.
        fields.prefix(runs.count > 1 ? 1 : fields.count).compactMap { field -> Chart.Series? in
          let points = run.entries.filter { $0.event == event }.compactMap { entry -> Chart.Point? in
            guard let step = entry.step, let value = field.value(entry) else { return nil }
            return Chart.Point(Double(step), value)
          }
          let label = [runs.count > 1 ? run.name : "", field.name].filter { !$0.isEmpty }.joined(
            separator: ", ")
          return points.isEmpty ? nil : Chart.Series(label.isEmpty ? title : label, thinned(points))
        }
      }
      guard !series.isEmpty else { return nil }
      return Report.Figure(
        name, .chart(Chart(title, x: "step", y: y, series)), caption: title)
    }
    let metrics = Set(runs.flatMap(\.metrics)).sorted().map { metric in
      figure(
        metric, MetricText.title(of: metric), metric, .epoch,
        [("validation", { $0.validation?[metric] }), ("training", { $0.training?[metric] })])
    }
    return
      ([figure("loss", "Loss", "loss", .step, [("", \.loss)])] + metrics + [
        figure("learning-rate", "Learning rate", "rate", .step, [("", \.learningRate)]),
        figure("speed", "Examples per second", "examples/s", .step, [("", \.examplesPerSecond)]),
        figure("gradients", "Norm of the gradients", "norm", .epoch, [("", \.gradientNorm)]),
      ]).compactMap { $0 }
  }

  /// At most some hundred points, means of neighbours, so that the page stays small.
  private static func thinned(_ points: [Chart.Point]) -> [Chart.Point] {
    let most = 400
    guard points.count > most else { return points }
    return (0..<most).map { part in
      let own = points[points.count * part / most..<points.count * (part + 1) / most]
      let mean = own.reduce(0) { $0 + $1.y } / Double(own.count)
      return Chart.Point(own[own.endIndex - 1].x, mean)
    }
  }

  static func details(_ run: RunRecord, isAlone: Bool) -> [Report.Section] {
    func picture(_ file: String) -> Picture? {
      (try? DurableFile.read("\(run.path)/\(file)")).flatMap { try? Picture(png: $0) }
    }
    // By the longer side: a picture may be one pixel wide but very high.
    func small(_ picture: Picture) -> Picture {
      picture.enlarged(by: max(1, 480 / max(picture.width, picture.height)))
    }
    let figures = [
      (RunFiles.filters, "filters", "The filters of the first convolution."),
      (RunFiles.mistakes, "mistakes", "Images held out whose class was wrong, the worst first."),
    ].compactMap { file, name, caption in
      picture(file).map { Report.Figure("\(run.name)-\(name)", .picture(small($0)), caption: caption) }
    }
    return figures.isEmpty
      ? [] : [Report.Section(isAlone ? "What it has learned" : run.name, [.figures(figures)])]
  }
}

extension RunRecord.State {
  fileprivate var sentence: String {
    switch self {
    case .running: "It is running."
    case .stopped: "It was interrupted and can go on."
    case .finished: "It is finished."
    case .failed: "It failed."
    case .lost: "Its process is gone; it can go on."
    }
  }
}
