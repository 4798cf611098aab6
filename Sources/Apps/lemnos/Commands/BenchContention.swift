import ArgumentParser
import FoundationEssentials
import Lemnos
import Wording
import Workloads

/// The command `lemnos bench contention`.
struct BenchContention: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "contention",
    abstract: "Time training steps on the CPU beside other busy processes.",
    discussion: """
      A system that shares its cores fairly gives each of T threads, beside k busy processes on C cores, C / (T + k) of a core: a \
      step then takes (T + k) / C times as long as on an idle machine. 'of fair' is the time measured over that. Then two trainings \
      at once, in processes of their own, as parts of the speed of one alone. The machine should be idle but for this.

      Example:
        lemnos bench contention --workload three-layer-convnet
      """)

  @Option(
    help: ArgumentHelp("Which network (default: three-layer-convnet).", valueName: "name"),
    transform: { try Spelling.parse($0, as: Workload.self) })
  var workload = Workload.threeLayerConvNet

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("How many busy processes (default: 0 1 4 10).", valueName: "n"))
  var processes: [Int] = []

  @Option(
    parsing: .unconditional, help: ArgumentHelp("How long each is timed (default: 5).", valueName: "seconds"))
  var seconds = 5.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Repeat so many times, in turn, and print medians (default: 1).", valueName: "n"))
  var rounds = 1

  @Flag(help: "Print one JSON object for each number of processes.")
  var json = false

  func validate() throws {
    guard seconds > 0, seconds <= 600 else {
      throw ValidationError("--seconds is \(seconds), but has to be above 0 and at most 600.")
    }
    guard (1...99).contains(rounds) else {
      throw ValidationError("--rounds is \(rounds), but has to be from 1 to 99.")
    }
    guard processes.allSatisfy((0...1000).contains) else {
      throw ValidationError("--processes has to be numbers from 0 to 1000.")
    }
  }

  private struct Beside: Encodable {
    let workload: String
    let threads: Int
    let busyProcesses: Int
    let milliseconds: Double
    /// Over the time on an idle machine.
    let slowdown: Double
    /// Over the slowdown of a fair share.
    let ofFair: Double
  }

  private struct Together: Encodable {
    let workload: String
    let threads: Int
    /// Of each of two trainings, as a part of the speed of one alone.
    let speeds: [Double]
  }

  mutating func run() throws {
    let counts = [0] + (processes.isEmpty ? [1, 4, 10] : processes).filter { $0 > 0 }
    let (threads, cores) = (Processor.usualThreads, Processor.usableProcessors)
    let run = try WorkloadRun(workload, on: .cpu)
    var times: [Int: [Double]] = [:]
    for _ in 0..<rounds {
      for count in counts {
        let others = try OtherProcesses.busy(count)
        defer { others.end() }
        times[count, default: []].append(try Self.meanTime(of: run, seconds: seconds))
      }
    }
    if !json {
      Terminal.write(
        "\(workload.rawValue), batch of \(run.batchSize.grouped), \(threads) threads on \(cores) cores\n"
          + Column.left("busy processes", 16) + Column.right("ms/step", 11) + Column.right("slowdown", 11)
          + Column.right("fair", 8) + Column.right("of fair", 10) + "\n")
    }
    let idle = Self.median(times[0] ?? [])
    for count in counts {
      let time = Self.median(times[count] ?? [])
      let fair = max(1, Double(threads + count) / Double(cores))
      if json {
        JSONLine.write(
          Beside(
            workload: workload.rawValue, threads: threads, busyProcesses: count, milliseconds: time * 1e3,
            slowdown: time / idle, ofFair: time / idle / fair))
      } else {
        Terminal.write(
          Column.left(count.grouped, 16) + Column.right(NumberText.decimal(time * 1e3, 2), 11)
            + Column.right(NumberText.decimal(time / idle, 2), 11)
            + Column.right(NumberText.decimal(fair, 2), 8)
            + Column.right(NumberText.decimal(time / idle / fair, 2), 10) + "\n")
      }
    }
    let alone = try Self.trainings(1, workload, seconds)[0]
    let speeds = try Self.trainings(2, workload, seconds).map { alone / $0 }
    if json {
      JSONLine.write(Together(workload: workload.rawValue, threads: threads, speeds: speeds))
    } else {
      let shares = speeds.map { NumberText.decimal(100 * $0, 0) + " %" }.joined(separator: " and ")
      Terminal.write("Two trainings at once: \(shares) of the speed of one.\n")
    }
  }

  /// Seconds per step, by the time of all steps: the median of single steps would hide those in which a
  /// thread waited for its core.
  private static func meanTime(of run: WorkloadRun, seconds: Double) throws -> Double {
    for _ in 0..<3 { try run.advance() }
    let clock = ContinuousClock()
    let start = clock.now
    var steps = 0
    while clock.now - start < .seconds(seconds) || steps < 5 {
      try run.advance()
      steps += 1
    }
    return (clock.now - start) / .seconds(1) / Double(steps)
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  private struct StepTime: Decodable {
    struct Time: Decodable {
      let milliseconds: Double
    }
    let time: Time
  }

  /// The milliseconds per step of trainings that run at once.
  private static func trainings(_ count: Int, _ workload: Workload, _ seconds: Double) throws -> [Double] {
    let words = [
      "bench", "steps", "--workload", workload.rawValue, "--backend", "cpu", "--seconds", "\(seconds)",
      "--json",
    ]
    let texts = try OtherProcesses.lemnos(Array(repeating: words, count: count)).results()
    return try texts.map {
      try JSONDecoder().decode(StepTime.self, from: FoundationEssentials.Data($0)).time.milliseconds
    }
  }
}
