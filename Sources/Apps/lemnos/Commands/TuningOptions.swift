import ArgumentParser
import Lemnos

/// The options for the kernel autotuner's time budget.
struct TuningOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Look for the fastest tiles of matrix products on a Vulkan device: not at all, for up to 2 seconds, or until all \
      have been tried. What is found is kept in the cache (default: quick on a graphics card; on others only what \
      was found before).
      """, valueName: "off|quick|full"),
    transform: { try Spelling.parse($0, as: Tuning.self) })
  var tune: Tuning?

  func check(_ backend: BackendOptions) throws {
    guard tune != nil, backend.backend == .cpu else { return }
    throw ValidationError("--tune is for Vulkan devices, not for --backend cpu.")
  }
}
