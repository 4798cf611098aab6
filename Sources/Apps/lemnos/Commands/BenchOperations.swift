import ArgumentParser
import Lemnos
import Wording
import Workloads

/// The command `lemnos bench ops`.
struct BenchOperations: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ops",
    abstract: "Time single operations, of the sizes that networks have.",
    discussion: """
      Matrix products, convolutions in all three passes, normalization, pooling, loss, sums, elementwise arithmetic and \
      optimizers. Times are medians. GFLOP/s counts the arithmetic of the definition, however it is computed; GB/s what \
      goes in and comes out, each number once. 'of peak' compares with what this device was just seen to do at most, in \
      arithmetic (flops) or in memory traffic (bytes), whichever it is nearer to.

      Examples:
        lemnos bench ops
        lemnos bench ops --filter 3×3 --seconds 1
        lemnos bench ops --filter adam --json
      """)

  @Option(help: ArgumentHelp("Only operations whose name contains this.", valueName: "word"))
  var filter: String?

  @OptionGroup var backend: BackendOptions

  @OptionGroup var rewriting: RewriteOptions

  @Option(
    parsing: .unconditional, help: ArgumentHelp("How long to time each operation.", valueName: "s"))
  var seconds = 0.2

  @Flag(help: "Print one JSON object for each operation.")
  var json = false

  func validate() throws {
    guard seconds > 0, seconds <= 600 else {
      throw ValidationError("--seconds is \(seconds), but has to be above 0 and at most 600.")
    }
    if let filter, cases.isEmpty {
      throw ValidationError(
        "No operation's name contains '\(filter)'. There are names such as '\(OperationCase.all[0].name)'; without --filter all are timed."
      )
    }
  }

  private var cases: [OperationCase] {
    guard let word = filter?.lowercased() else { return OperationCase.all }
    return OperationCase.all.filter { $0.name.lowercased().contains(word) }
  }

  mutating func run() throws {
    let cases = self.cases
    let width = (cases.map(\.name.count).max() ?? 0) + 1
    let peak = try DevicePeak(on: backend.choice)
    if !json {
      Terminal.write("Backend: \(try backend.choice.open().reason)\n")
      Terminal.write(line(["operation", "ms", "fastest", "GFLOP/s", "GB/s", "of peak"], first: width))
    }
    for operation in cases {
      let time = OperationTime(
        operation.name, try operation.measure(on: rewriting.choice(of: backend), seconds: seconds),
        comparedWith: peak)
      if json { JSONLine.write(time) } else { Terminal.write(line(time.cells, first: width)) }
    }
    if !json {
      let width = Terminal.isInteractive ? Terminal.width : Int.max
      Terminal.write(RateText.sentences(peak).wrapped(to: width).joined(separator: "\n") + "\n")
    }
  }

  private func line(_ cells: [String], first: Int) -> String {
    let rest = zip(cells.dropFirst(), [10, 10, 9, 7, 13]).map { Column.right($0, $1) }
    return Column.left(cells[0], first) + rest.joined() + "\n"
  }
}
