import ArgumentParser
import Lemnos

/// The backend for gradient checks: a GPU only if asked for, because few GPUs are fast in float64.
struct CheckedBackendOptions: ParsableArguments {
  enum Name: String, CaseIterable {
    case cpu, reference, vulkan
  }

  @Option(
    help: ArgumentHelp(
      "In float64 the CPU has its reference kernels only, so the first two are the same (default: cpu).",
      valueName: "cpu|reference|vulkan"),
    transform: { try Spelling.parse($0, as: Name.self) })
  var backend: Name?

  @Option(
    help: ArgumentHelp(
      "Which Vulkan device, by its number in 'lemnos devices', its UUID, or a part of its name; enough without --backend.",
      valueName: "device"), transform: { DeviceName($0) })
  var device: DeviceName?

  func validate() throws {
    if device != nil, let backend, backend != .vulkan {
      throw ValidationError("--device chooses a Vulkan device, not a CPU.")
    }
  }

  var choice: BackendChoice {
    switch backend {
    case .cpu: .cpu
    case .reference: .reference
    case .vulkan: .vulkan(device: device)
    case nil: device == nil ? .cpu : .vulkan(device: device)
    }
  }
}
