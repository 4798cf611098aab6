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

  enum Order: String, CaseIterable {
    case date, name, accuracy, loss, time

    static let names = allCases.map(\.rawValue).joined(separator: "|")
  }

  @Argument(help: "A folder of runs.")
  var folder = "runs"

  @Option(
    help: ArgumentHelp("The best last: by date, name, accuracy, loss or time.", valueName: Order.names),
    transform: { try Spelling.parse($0, as: Order.self) })
  var sort = Order.date

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
    runs.sort(by: isBefore)
    json ? runs.forEach { JSONLine.write(Line($0)) } : Terminal.write(table(runs))
  }

  private func isBefore(_ a: RunRecord, _ b: RunRecord) -> Bool {
    switch sort {
    case .date: (a.began, a.name) < (b.began, b.name)
    case .name: a.name < b.name
    case .accuracy: (a.bestAccuracy ?? -1, a.name) < (b.bestAccuracy ?? -1, b.name)
    case .loss: (a.loss ?? .infinity, a.name) > (b.loss ?? .infinity, b.name)
    case .time: (a.seconds, a.name) < (b.seconds, b.name)
    }
  }

  private func table(_ runs: [RunRecord]) -> String {
    var table = TextTable([
      .name("run"), .text("state"), .number("epoch", rank: 3), .number("loss", rank: 2), .number("accuracy"),
      .number("test"), .number("images/s", rank: 0), .number("time", rank: 1),
    ])
    for run in runs {
      let epochs = run.epochs.map { "/\($0)" } ?? ""
      func text(_ x: Double?) -> String { x.map { NumberText.decimal($0, 4) } ?? "–" }
      table.add([
        run.name, run.state.rawValue, "\(run.epoch ?? 0)\(epochs)", run.loss.map(NumberText.loss) ?? "–",
        text(run.bestAccuracy), text(run.testAccuracy), run.imagesPerSecond.map(NumberText.whole) ?? "–",
        NumberText.time(run.seconds),
      ])
    }
    return table.lines(width: Terminal.width).map { $0 + "\n" }.joined()
  }

  /// What `--json` says of a run.
  private struct Line: Encodable {
    let name, path, state: String
    let model, data, backend: String?
    let parameters, epoch, epochs, steps: Int?
    let step: Int
    let loss, accuracy, testAccuracy, imagesPerSecond: Double?
    let began, seconds: Double

    init(_ run: RunRecord) {
      (name, path, state) = (run.name, run.path, run.state.rawValue)
      (model, data, backend, parameters) = (run.model, run.data, run.backend, run.parameters)
      (epoch, epochs, step, steps) = (run.epoch, run.epochs, run.step, run.steps)
      (loss, accuracy, testAccuracy) = (run.loss, run.bestAccuracy, run.testAccuracy)
      (imagesPerSecond, began, seconds) = (run.imagesPerSecond, run.began, run.seconds)
    }
  }
}
