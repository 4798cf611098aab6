import ArgumentParser
import CS231n
import Lemnos
import Wording

/// The command `lemnos bench assignment`.
struct BenchAssignment: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assignment",
    abstract: "Naive against fast: convolution and pooling of the sizes of CS231n's assignment 2.",
    discussion: """
      Plain loops, the accelerated CPU kernels and, where there is a device, Vulkan compute the same on the same numbers.
      Times are medians; 'difference' is the greatest from the plain loops, relative to the greatest number.

      Example:
        lemnos bench assignment
      """)

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "A Vulkan device, by its number in 'lemnos devices', its UUID, or a part of its name.",
      valueName: "device"), transform: { DeviceName($0) })
  var device: DeviceName?

  @Flag(help: "Print one JSON object for each time.")
  var json = false

  private struct Time: Encodable {
    let pass: String
    let backend: String
    let milliseconds: Double
  }

  mutating func run() throws {
    let vulkan = device != nil || (try? ComputeDevice.all())?.isEmpty == false
    var fast: [(name: String, choice: BackendChoice)] = [("cpu", .cpu)]
    if vulkan { fast.append(("vulkan", .vulkan(device: device))) }
    if !json {
      Terminal.write("                            plain loops   accelerated   speed-up   difference")
      Terminal.write(vulkan ? "        Vulkan   speed-up   difference\n" : "\n")
    }
    for row in SpeedCase.all {
      let naive = try row.measure(on: .reference)
      let measured = try fast.map { try row.measure(on: $0.choice) }
      if json {
        JSONLine.write(Time(pass: row.name, backend: "reference", milliseconds: naive.seconds * 1e3))
        for (backend, time) in zip(fast, measured) {
          JSONLine.write(Time(pass: row.name, backend: backend.name, milliseconds: time.seconds * 1e3))
        }
        continue
      }
      var line = Column.left(row.name, 26) + Column.right(milliseconds(naive.seconds), 13)
      for time in measured {
        line += Column.right(milliseconds(time.seconds), 14)
        line += Column.right(NumberText.decimal(naive.seconds / time.seconds, 1) + "×", 11)
        line += Column.right("\(time.difference(from: naive))", 13)
      }
      Terminal.write(line + "\n")
    }
  }

  private func milliseconds(_ seconds: Double) -> String { NumberText.decimal(seconds * 1e3, 3) + " ms" }
}
