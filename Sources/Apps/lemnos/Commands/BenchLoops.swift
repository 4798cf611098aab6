import ArgumentParser
import Lemnos
import Wording
import Workloads

/// The command `lemnos bench loops`.
struct BenchLoops: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loops",
    abstract: "What a step of a loop of one's own costs besides its arithmetic.",
    discussion: """
      A linear regression and a small GAN, as in Documentation/Your-own-loop.md: inputs are given anew for each step, and the loss is read after it.
      'processor' is the time of all threads together.

      Example:
        lemnos bench loops --backend cpu
      """)

  @OptionGroup var backend: BackendOptions

  @Option(
    parsing: .unconditional, help: ArgumentHelp("How long each is timed (default: 1).", valueName: "seconds"))
  var seconds = 1.0

  @Flag(help: "Print one JSON object for each loop.")
  var json = false

  func validate() throws {
    guard seconds > 0, seconds <= 600 else {
      throw ValidationError("--seconds is \(seconds), but has to be above 0 and at most 600.")
    }
  }

  private struct Time: Encodable {
    let loop: String
    let microseconds: Double
    let processorMicroseconds: Double
  }

  mutating func run() throws {
    let choice = backend.choice
    if !json {
      Terminal.write(
        Column.left("loop", 28) + Column.right("µs a step", 12) + Column.right("processor", 12) + "\n")
    }
    for loop in OwnLoop.allCases {
      let cost = try loop.measure(on: choice, seconds: seconds)
      if json {
        JSONLine.write(
          Time(
            loop: loop.rawValue, microseconds: cost.microseconds,
            processorMicroseconds: cost.processorMicroseconds))
        continue
      }
      Terminal.write(
        Column.left(loop.rawValue, 28) + Column.right(NumberText.decimal(cost.microseconds, 2), 12)
          + Column.right(NumberText.decimal(cost.processorMicroseconds, 2), 12) + "\n")
    }
  }
}
