import ArgumentParser
import Lemnos
import Wording
import Workloads

/// The command `lemnos bench latency`.
struct BenchLatency: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latency",
    abstract: "How long one call of a network takes, from an array to its scores.",
    discussion: """
      A two-layer net and ResNet-18 at 224×224 with its 1,000 classes, called as in Documentation/A-model-in-your-app.md: floats in, scores out, one
      call after another. The model is compiled before.

      Example:
        lemnos bench latency --backend cpu --batch-size 1,8
      """)

  @OptionGroup var backend: BackendOptions

  @Option(
    name: .customLong("batch-size"),
    help: ArgumentHelp("Examples of a call; several, by commas (default: 1).", valueName: "n"))
  var batchSizes = "1"

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How long each network is timed (default: 1).", valueName: "seconds"))
  var seconds = 1.0

  @Flag(help: "Print one JSON object for each network and batch size.")
  var json = false

  private func sizes() -> [Int] {
    batchSizes.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
  }

  func validate() throws {
    guard seconds > 0, seconds <= 600 else {
      throw ValidationError("--seconds is \(seconds), but has to be above 0 and at most 600.")
    }
    guard sizes().allSatisfy((1...1 << 12).contains) else {
      throw ValidationError("--batch-size is '\(batchSizes)', but has to be whole numbers from 1 to 4096.")
    }
  }

  private struct Latency: Encodable {
    let network: String
    let batchSize: Int
    let backend: String
    /// Of one call: the median, the fastest, and the 99th percentile.
    let milliseconds: Double
    let fastestMilliseconds: Double
    let slowMilliseconds: Double
    let calls: Int
  }

  mutating func run() throws {
    let widths = [22, 7, 11, 11, 11, 8]
    func line(_ texts: [String]) -> String {
      zip(texts, widths).enumerated().map {
        $0 == 0 ? Column.left($1.0, $1.1) : Column.right($1.0, $1.1)
      }.joined() + "\n"
    }
    var isFirst = true
    for call in InferenceCall.allCases {
      for batchSize in sizes() {
        let (timing, reason) = try call.measure(
          on: backend.choice, batchSize: batchSize, precision: .float32, seconds: seconds)
        let latency = Latency(
          network: call.rawValue, batchSize: batchSize, backend: reason, milliseconds: timing.median * 1e3,
          fastestMilliseconds: timing.minimum * 1e3, slowMilliseconds: timing.quantile(0.99) * 1e3,
          calls: timing.count)
        if json {
          JSONLine.write(latency)
          continue
        }
        if isFirst {
          Terminal.write(
            "Backend: \(reason)\n" + line(["network", "batch", "ms/call", "fastest", "99 %", "calls"]))
          isFirst = false
        }
        Terminal.write(
          line([
            call.rawValue, batchSize.grouped, Column.milliseconds(timing.median),
            Column.milliseconds(timing.minimum), Column.milliseconds(timing.quantile(0.99)),
            timing.count.grouped,
          ]))
      }
    }
  }
}
