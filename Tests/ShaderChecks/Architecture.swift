import Foundation

/// A generation of AMD's graphics cards, for which Mesa's driver RADV compiles shaders without a card.
///
/// The driver's device without hardware makes pipelines; whatever is submitted to it crashes.
package enum Architecture: String, CaseIterable, Sendable {
  /// RDNA 3: Radeon RX 7900.
  case gfx1100
  /// RDNA 2: Radeon RX 6800.
  case navi21
  /// GCN 4: Radeon RX 480.
  case polaris10

  /// What versions of Mesa call it in the environment variable `RADV_FORCE_FAMILY`; a wrong name ends the process.
  package var familyNames: [String] { self == .gfx1100 ? ["gfx1100", "navi31"] : [rawValue] }

  /// The manifest by which the Vulkan loader finds RADV; nil where RADV is not installed.
  package static let driver: String? = {
    for folder in ["/etc", "/usr/local/share", "/usr/share"].map({ "\($0)/vulkan/icd.d" }) {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      if let name = names.sorted().first(where: { $0.hasPrefix("radeon_icd") }) { return "\(folder)/\(name)" }
    }
    return nil
  }()

  /// One sentence where there is no RADV, or nil.
  package static let missing: String? =
    driver == nil ? "there is no RADV to compile shaders for AMD's cards: install mesa-vulkan-drivers" : nil
}
