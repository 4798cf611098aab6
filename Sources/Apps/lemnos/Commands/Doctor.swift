import ArgumentParser
import Lemnos
import MessagePassing

/// The command `lemnos doctor`.
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Look whether this installation is sound.",
    discussion: """
      Processor, Vulkan devices, cache and data sets are looked at, one line each. On every graphics card, or on the device that \
      is asked for, every kernel is run on small numbers and compared with the CPU's float64; one that the driver gets wrong \
      is not used from then on, until the driver is another or the kernel is found to be right.

      With --mpi it looks at message passing instead: whether there is an mpirun, or, started by one, what library the ranks found, and how fast \
      messages go between them.

      The exit code is 2 when something is broken.

      Examples:
        lemnos doctor
        lemnos doctor --device 0
        lemnos launch -n 2 doctor --mpi
      """)

  @Option(
    help: ArgumentHelp(
      "Test this Vulkan device only, by its number in 'lemnos devices', its UUID, or a part of its name; also a software one.",
      valueName: "device"), transform: { DeviceName($0) }
  )
  var device: DeviceName?

  @Flag(help: "Look at message passing between ranks.")
  var mpi = false

  @Flag(help: "Print one JSON object on each line.")
  var json = false

  func validate() throws {
    guard !mpi || device == nil else {
      throw ValidationError("--mpi is about messages, and --device about kernels: give one of them.")
    }
  }

  mutating func run() throws {
    if mpi { return try Ranks.run(checkMessages) }
    var examination = examination()
    examination.processor()
    examination.vulkan(device: device)
    examination.cache()
    examination.data()
    try end(examination)
  }

  /// All ranks measure, and the first one prints.
  private func checkMessages(_ ranks: Communicator?) throws {
    let links = try ranks?.measureLinks() ?? []
    guard ranks.map({ $0.rank == 0 }) ?? true else { return }
    var examination = examination()
    examination.messages(ranks, links)
    try end(examination)
  }

  private func end(_ examination: Examination) throws {
    let problems = examination.problems
    guard problems == 0 else {
      throw Failure(
        "\(problems == 1 ? "1 problem was" : "\(problems) problems were") found; see the lines marked 'problem'",
        code: 2)
    }
    if !json { Terminal.write("All is well.\n") }
  }

  private func examination() -> Examination {
    let isJSON = json
    return Examination { finding in
      if isJSON {
        JSONLine.write(finding)
      } else {
        Terminal.write(
          "\(Doctor.padded(finding.level.rawValue))\(Doctor.padded(finding.subject))\(finding.text)\n")
      }
    }
  }

  private static func padded(_ text: String) -> String {
    text + String(repeating: " ", count: max(1, 10 - text.count))
  }
}
