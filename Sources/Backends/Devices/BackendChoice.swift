import CPUBackend
public import Execution
public import Programs

#if VULKAN
import VulkanBackend
#endif

/// A user's choice of backend.
///
/// The only code that names all backends.
public enum BackendChoice: Hashable, Sendable {
  /// A GPU if there is one, else the CPU.
  ///
  /// Never a software driver.
  case automatic
  case cpu

  /// The CPU's reference kernels, plain loops: for comparisons.
  case reference

  /// A Vulkan device by name, or the most suitable GPU: discrete before integrated, then the one with the
  /// most memory.
  ///
  /// A software driver must be named, or be the only device.
  case vulkan(device: DeviceName? = nil)

  /// Another choice, within limits.
  indirect case limited(BackendChoice, to: BackendLimits)

  /// Another choice, which plans programs without some rewrites: to measure what these gain.
  ///
  /// Programs for the reference kernels stay as they are.
  indirect case planning(BackendChoice, without: Set<Rewrite>)

  /// The same without a memory limit.
  package var withAllMemory: BackendChoice {
    switch self {
    case .limited(let choice, var limits):
      limits.memory = nil
      return .limited(choice.withAllMemory, to: limits)
    case .planning(let choice, let rewrites): return .planning(choice.withAllMemory, without: rewrites)
    case .automatic, .cpu, .reference, .vulkan: return self
    }
  }

  /// The rewrites that are left out of the plans of programs.
  package var withoutRewrites: Set<Rewrite> {
    switch self {
    case .limited(let choice, _): choice.withoutRewrites
    case .planning(let choice, let rewrites): choice.withoutRewrites.union(rewrites)
    case .automatic, .cpu, .reference, .vulkan: []
    }
  }

  /// Opens the backend.
  ///
  /// - Parameters:
  ///   - seed: of the random initial values of states.
  ///   - tuning: the effort of auto-tuning on a Vulkan device; nil for quick on GPUs, and none on software
  ///     drivers.
  /// - Returns: the backend, and a sentence that names it and the reason for its choice.
  /// - Throws: `BackendUnavailable`.
  public func open(seed: UInt64 = 0, tuning: Tuning? = nil) throws -> (backend: any Backend, reason: String) {
    try open(seed: seed, tuning: tuning, losses: 0)
  }

  /// - Parameter losses: the number of earlier device losses: submissions may have exceeded the driver's
  ///   time limit, so each loss shortens them.
  package func open(
    seed: UInt64, tuning: Tuning?, losses: Int
  ) throws -> (backend: any Backend, reason: String) {
    try open(
      Opening(seed: seed, tuning: tuning, losses: losses, withoutRewrites: withoutRewrites), BackendLimits())
  }

  /// The parameters of opening a backend.
  private struct Opening {
    let seed: UInt64
    let tuning: Tuning?
    let losses: Int
    let withoutRewrites: Set<Rewrite>
  }

  private func open(
    _ opening: Opening, _ limits: BackendLimits
  ) throws -> (backend: any Backend, reason: String) {
    switch self {
    case .cpu:
      let backend = try BackendChoice.cpuBackend(.accelerated, opening, limits)
      return (backend, "\(backend.name), as asked.")
    case .reference:
      let backend = try BackendChoice.cpuBackend(.reference, opening, limits)
      return (backend, "the CPU's reference kernels, as asked.")
    case .vulkan(let device):
      let backend = try BackendChoice.vulkanBackend(device: device, opening, limits)
      return (backend, "\(backend.name), as asked.")
    case .limited(let choice, let own):
      return try choice.open(opening, own.and(limits))
    case .planning(let choice, _):
      return try choice.open(opening, limits)
    case .automatic:
      let backend = try BackendChoice.cpuBackend(.accelerated, opening, limits)
      do {
        let cards = try ComputeDevice.all().filter { $0.isRealGPU && $0.missingFeature == nil }
        guard !cards.isEmpty else {
          return (backend, "\(backend.name): no graphics card was found, only Vulkan's software driver.")
        }
        let vulkan = try BackendChoice.vulkanBackend(device: nil, opening, limits)
        let why =
          cards.count == 1 ? "the only graphics card" : "what suits best of \(cards.count) graphics cards"
        return (vulkan, "\(vulkan.name): \(why).")
      } catch {
        return (backend, "\(backend.name), because Vulkan cannot be used: \(error)")
      }
    }
  }

  private static func cpuBackend(
    _ kernels: CPUBackend.Kernels, _ opening: Opening, _ limits: BackendLimits
  ) throws(BackendUnavailable) -> CPUBackend {
    if let threads = limits.threads {
      guard (1...ThreadCount.most).contains(threads) else {
        throw BackendUnavailable(
          reason: "\(threads) threads were asked for, but that has to be from 1 to \(ThreadCount.most)")
      }
    } else if case .failure(let error) = ThreadCount.requested {
      throw BackendUnavailable(reason: "\(error)")
    }
    return CPUBackend(
      kernels, seed: opening.seed, threads: limits.threads, memoryLimit: limits.memory, guardByteCount: 0,
      withoutRewrites: opening.withoutRewrites)
  }

  private static func vulkanBackend(
    device name: DeviceName?, _ opening: Opening, _ limits: BackendLimits
  ) throws(BackendUnavailable) -> any Backend {
    #if VULKAN
    let device: Int? =
      if let name { try name.number(among: ComputeDevice.all()) } else { nil }
    do {
      return try VulkanBackend(
        device: device, seed: opening.seed, tuning: opening.tuning, losses: opening.losses,
        memoryLimit: limits.memory, withoutRewrites: opening.withoutRewrites)
    } catch {
      throw BackendUnavailable(reason: "\(error)")
    }
    #else
    throw .notBuilt
    #endif
  }
}

/// The reason why a backend is unavailable.
public struct BackendUnavailable: Error, Hashable, Sendable, CustomStringConvertible {
  public let reason: String
  public var description: String { reason }

  #if !VULKAN
  static let notBuilt = BackendUnavailable(
    reason:
      "this lemnos was built without Vulkan. Run Tools/setup, which installs what is missing, and build again."
  )
  #endif
}
