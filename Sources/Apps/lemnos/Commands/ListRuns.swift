import ArgumentParser
import Runs
import Wording

/// The command `lemnos runs`.
struct ListRuns: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "List runs and what they came to.",
    discussion: """
      Examples:
        lemnos runs
        lemnos runs --sort accuracy --filter resnet
        lemnos runs --json
      """)

  @Argument(help: "A folder of runs.")
  var folder = "runs"

  @Option(
    help: ArgumentHelp(
      "The best last: by date, name, time, loss, or any metric that was measured, such as accuracy or rmse.",
      valueName: "date|name|time|metric"))
  var sort = "date"

  @Option(
    help: ArgumentHelp("Only runs in whose name, model, data or state this occurs.", valueName: "text"))
  var filter: String?

  @Flag(help: "Print one JSON object on each line.")
  var json = false

  mutating func run() throws {
    var runs = RunRecord.all(in: folder)
    if runs.isEmpty {
      throw Failure("\(folder) has no runs: begin one with '\(Terminal.program) train'", code: 66)
    }
    if let filter {
      runs = runs.filter { run in
        [run.name, run.model ?? "", run.data ?? "", run.state.rawValue].contains { $0.contains(filter) }
      }
    }
    let metrics = Set(runs.flatMap(\.metrics)).union(["loss"]).sorted()
    guard ["date", "name", "time"].contains(sort) || metrics.contains(sort) else {
      throw Failure(
        "no run has measured '\(sort)'; --sort takes date, name, time, \(metrics.joined(separator: ", "))",
        code: 64)
    }
    runs.sort(by: isBefore)
    json ? runs.forEach { JSONLine.write(Line($0)) } : Terminal.write(table(runs))
  }

  private func isBefore(_ a: RunRecord, _ b: RunRecord) -> Bool {
    func merit(_ run: RunRecord) -> Double {
      let best = sort == "loss" ? run.loss : run.best(sort)
      return best.map { run.higherIsBetter(sort) ? $0 : -$0 } ?? -.infinity
    }
    return switch sort {
    case "date": (a.began, a.name) < (b.began, b.name)
    case "name": a.name < b.name
    case "time": (a.seconds, a.name) < (b.seconds, b.name)
    default: (merit(a), a.name) < (merit(b), b.name)
    }
  }

  private func table(_ runs: [RunRecord]) -> String {
    var table = TextTable([
      .name("run"), .text("state"), .number("epoch", rank: 3), .number("loss", rank: 2), .text("metric"),
      .number("best"), .number("test"), .number("examples/s", rank: 0), .number("time", rank: 1),
    ])
    for run in runs {
      let epochs = run.epochs.map { "/\($0)" } ?? ""
      func text(_ x: Double?) -> String { x.map { MetricText.plain($0, of: run.monitored ?? "") } ?? "–" }
      table.add([
        run.name, run.state.rawValue, "\(run.epoch ?? 0)\(epochs)", run.loss.map(NumberText.loss) ?? "–",
        run.monitored ?? "–", text(run.best), text(run.tested),
        run.examplesPerSecond.map(NumberText.whole) ?? "–",
        NumberText.time(run.seconds),
      ])
    }
    return table.lines(width: Terminal.width).map { $0 + "\n" }.joined()
  }

  /// The JSON object of a run for `--json`.
  private struct Line: Encodable {
    let name, path, state: String
    let model, data, backend: String?
    let parameters, epoch, epochs, steps: Int?
    let step: Int
    let monitored: String?
    let loss, best, test, examplesPerSecond: Double?
    let began, seconds: Double

    init(_ run: RunRecord) {
      (name, path, state) = (run.name, run.path, run.state.rawValue)
      (model, data, backend, parameters) = (run.model, run.data, run.backend, run.parameters)
      (epoch, epochs, step, steps) = (run.epoch, run.epochs, run.step, run.steps)
      (monitored, loss, best, test) = (run.monitored, run.loss, run.best, run.tested)
      (examplesPerSecond, began, seconds) = (run.examplesPerSecond, run.began, run.seconds)
    }
  }
}
