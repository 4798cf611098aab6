import ArgumentParser
import Lemnos

/// The command `lemnos doctor`.
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Look whether this installation is sound.",
    discussion: """
      Processor, Vulkan devices, cache and data sets are looked at, one line each. On every graphics card, or on the device that \
      is asked for, every kernel is run on small numbers and compared with the CPU's float64; one that the driver gets wrong \
      is not used from then on, until the driver is another or the kernel is found to be right.

      The exit code is 2 when something is broken.

      Examples:
        lemnos doctor
        lemnos doctor --device 0
      """)

  @Option(
    help: ArgumentHelp(
      "Test this Vulkan device only, by its number in 'lemnos devices', its UUID, or a part of its name; also a software one.",
      valueName: "device"), transform: { DeviceName($0) }
  )
  var device: DeviceName?

  @Flag(help: "Print one JSON object on each line.")
  var json = false

  mutating func run() throws {
    let isJSON = json
    var examination = Examination { finding in
      if isJSON {
        JSONLine.write(finding)
      } else {
        Terminal.write(
          "\(Doctor.padded(finding.level.rawValue))\(Doctor.padded(finding.subject))\(finding.text)\n")
      }
    }
    examination.processor()
    examination.vulkan(device: device)
    examination.cache()
    examination.data()
    let problems = examination.problems
    guard problems == 0 else {
      throw Failure(
        "\(problems == 1 ? "1 problem was" : "\(problems) problems were") found; see the lines marked 'problem'",
        code: 2)
    }
    if !json { Terminal.write("All is well.\n") }
  }

  private static func padded(_ text: String) -> String {
    text + String(repeating: " ", count: max(1, 10 - text.count))
  }
}
