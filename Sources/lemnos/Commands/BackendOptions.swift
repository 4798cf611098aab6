import ArgumentParser
import Lemnos

/// Where to compute.
struct BackendOptions: ParsableArguments {
  enum Name: String, CaseIterable {
    case auto, cpu, vulkan
  }

  @Option(
    help: ArgumentHelp(
      "auto takes a graphics card if there is one, else the CPU.", valueName: "auto|cpu|vulkan"),
    transform: { try Spelling.parse($0, as: Name.self) })
  var backend = Name.auto

  @Option(help: ArgumentHelp("Which Vulkan device, by its number in 'lemnos devices'.", valueName: "n"))
  var device: Int?

  func validate() throws {
    if device != nil, backend == .cpu {
      throw ValidationError("--device chooses a Vulkan device, not a CPU.")
    }
  }

  var choice: BackendChoice {
    switch backend {
    case .cpu: .cpu
    case .vulkan: .vulkan(device: device)
    case .auto: device == nil ? .automatic : .vulkan(device: device)
    }
  }
}
