import ArgumentParser
import Lemnos
import Wording

/// The command `lemnos devices`.
struct Devices: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List what networks can be trained on.",
    discussion: """
      Example:
        lemnos devices
      """)

  mutating func run() throws {
    let (cpu, _) = try BackendChoice.cpu.open()
    Terminal.write("cpu       \(cpu.name)\n")
    do {
      for device in try ComputeDevice.all() {
        Terminal.write(
          "vulkan \(device.number)  \(device.name)\n          \(device.kind), \(Int(device.memory).inGigabytes), driver \(device.driver), "
            + "Vulkan \(device.apiVersion), \(device.hasFloat64 ? "float32 and float64" : "float32 only")\n")
        Terminal.write("          UUID \(device.uuid)\n")
        if let missing = device.missingFeature {
          Terminal.write("          cannot be used: it lacks \(missing)\n")
        }
      }
    } catch {
      Terminal.write("vulkan    not available: \(error)\n")
    }
    let (_, reason) = try BackendChoice.automatic.open()
    Terminal.write("auto takes \(reason)\n")
  }
}
