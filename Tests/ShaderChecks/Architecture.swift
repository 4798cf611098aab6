import Foundation

/// An AMD GPU architecture that Mesa's RADV compiles shaders for without hardware.
///
/// The driver's null device creates pipelines; submitting work to it crashes.
package enum Architecture: String, CaseIterable, Sendable {
  /// RDNA 3: Radeon RX 7900.
  case gfx1100
  /// RDNA 2: Radeon RX 6800.
  case navi21
  /// GCN 4: Radeon RX 480.
  case polaris10

  /// Its names in the environment variable `RADV_FORCE_FAMILY` in different Mesa versions; a wrong name ends
  /// the process.
  package var familyNames: [String] { self == .gfx1100 ? ["gfx1100", "navi31"] : [rawValue] }

  /// The path of RADV's ICD manifest for the Vulkan loader; nil if RADV is not installed.
  package static let driver: String? = {
    for folder in ["/etc", "/usr/local/share", "/usr/share"].map({ "\($0)/vulkan/icd.d" }) {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      if let name = names.sorted().first(where: { $0.hasPrefix("radeon_icd") }) { return "\(folder)/\(name)" }
    }
    return nil
  }()

  /// The reason why RADV is missing, in one sentence, or nil.
  package static let missing: String? =
    driver == nil ? "there is no RADV to compile shaders for AMD's cards: install mesa-vulkan-drivers" : nil
}
