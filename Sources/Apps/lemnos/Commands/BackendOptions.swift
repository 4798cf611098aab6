import ArgumentParser
import Lemnos
import Wording

/// The options that select the backend and the device.
struct BackendOptions: ParsableArguments {
  enum Name: String, CaseIterable {
    case auto, cpu, vulkan
  }

  @Option(
    help: ArgumentHelp(
      "auto takes a graphics card if there is one, else the CPU.", valueName: "auto|cpu|vulkan"),
    transform: { try Spelling.parse($0, as: Name.self) })
  var backend = Name.auto

  @Option(
    help: ArgumentHelp(
      "Which Vulkan device, by its number in 'lemnos devices', its UUID, or a part of its name; of several processes, local gives each its own.",
      valueName: "device"), transform: { DeviceName($0) })
  var device: DeviceName?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Threads of the CPU, which make no difference to results (default: LEMNOS_THREADS, else one for each core).",
      valueName: "n"))
  var threads: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Refuse to begin what would take more memory than this, such as 512MB, 4GB or 1.5GiB; counted is what 'lemnos plan' \
      lists (default: all of it).
      """, valueName: "size"),
    transform: BackendOptions.byteCount)
  var memoryLimit: Int?

  private static func byteCount(_ text: String) throws -> Int {
    guard let count = Int(byteCount: text) else {
      throw ValidationError(
        "'\(text)' is no size such as 512MB, 4GB, 1.5GiB or, in bytes, 500000000.")
    }
    return count
  }

  func validate() throws {
    if device != nil, backend == .cpu {
      throw ValidationError("--device chooses a Vulkan device, not a CPU.")
    }
    if let threads {
      guard backend != .vulkan, device == nil else {
        throw ValidationError("--threads is for the CPU, not for Vulkan devices.")
      }
      let cores = Processor.usableProcessors
      guard (1...cores).contains(threads) else {
        throw ValidationError(
          "--threads is \(threads), but has to be from 1 to \(cores), the cores that this process may use.")
      }
    }
  }

  var choice: BackendChoice {
    let choice: BackendChoice =
      switch backend {
      case .cpu: .cpu
      case .vulkan: .vulkan(device: device)
      case .auto: device == nil ? .automatic : .vulkan(device: device)
      }
    guard threads != nil || memoryLimit != nil else { return choice }
    return .limited(choice, to: BackendLimits(memory: memoryLimit, threads: threads))
  }
}
