/// A Vulkan API version, such as 1.3.230.
package struct Version: Sendable, Hashable {
  package let major: Int
  package let minor: Int
  package let patch: Int
}

extension Version {
  static let v1_2 = Version(major: 1, minor: 2, patch: 0)
  static let v1_3 = Version(major: 1, minor: 3, patch: 0)

  /// Unpacks Vulkan's encoding: 3 bits of variant (ignored), 7 of major, 10 of minor, 12 of patch.
  init(encoded: UInt32) {
    major = Int(encoded >> 22 & 0x7F)
    minor = Int(encoded >> 12 & 0x3FF)
    patch = Int(encoded & 0xFFF)
  }

  var encoded: UInt32 { UInt32(major) << 22 | UInt32(minor) << 12 | UInt32(patch) }
}

extension Version: Comparable {
  package static func < (left: Version, right: Version) -> Bool { left.encoded < right.encoded }
}

extension Version: CustomStringConvertible {
  package var description: String { "\(major).\(minor).\(patch)" }
}
