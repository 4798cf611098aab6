package import Files
import Shaders
package import VulkanDevice

/// The kernel variants that a device's driver computes wrongly, as found by the self-test.
///
/// Cached by device and driver, so that a new driver starts afresh.
package struct Quarantine: Hashable, Sendable {
  package struct Variant: Hashable, Sendable {
    /// The shader's name, or one of `VulkanBackend.generated`.
    package let name: String
    /// True if no other kernel can replace it on the device.
    package let isIndispensable: Bool
    /// The digest of its SPIR-V, because a later Lemnos may change the shader; empty for generated kernels.
    package let digest: String

    package init(_ name: String, isIndispensable: Bool) {
      self.name = name
      self.isIndispensable = isIndispensable
      digest = Variant.digest(of: name)
    }

    fileprivate init(name: String, isIndispensable: Bool, digest: String) {
      (self.name, self.isIndispensable, self.digest) = (name, isIndispensable, digest)
    }

    fileprivate var isCurrent: Bool { digest == Variant.digest(of: name) }

    private static func digest(of name: String) -> String {
      let shaders = Shader.all + Shader.committed
      guard let shader = shaders.first(where: { $0.name == name }) else { return "" }
      return SHA256.digest(of: shader.spirv().withUnsafeBytes { Array($0) }).hexadecimal
    }
  }

  package var variants: [Variant]

  package static let empty = Quarantine(variants: [])

  package init(variants: [Variant]) { self.variants = variants }

  package var names: Set<String> { Set(variants.map(\.name)) }

  /// The first variant by name that makes the device useless for float32; float64 variants cost only float64.
  package var obstacle: String? {
    variants.filter { $0.isIndispensable && !$0.name.hasSuffix("Float64") }.map(\.name).min()
  }

  package var breaksFloat64: Bool {
    variants.contains { $0.isIndispensable && $0.name.hasSuffix("Float64") }
  }
}

extension Quarantine {
  /// The quarantine of a device; damaged or foreign files, and variants of another Lemnos, are ignored.
  package init(of device: PhysicalDevice, in cache: DiskCache?) {
    self.init(cache?.payload(of: .quarantine(of: device)) ?? [])
  }

  /// Parses a file.
  init(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    variants = text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      guard fields.count == 3 else { return nil }
      return Variant(name: fields[0], isIndispensable: fields[1] == "indispensable", digest: fields[2])
    }.filter(\.isCurrent)
  }

  /// Replaces the stored quarantine.
  ///
  /// - Returns: true if it was saved.
  package func save(for device: PhysicalDevice, in cache: DiskCache?) -> Bool {
    guard let cache else { return variants.isEmpty }
    let key = CacheKey.quarantine(of: device)
    guard !variants.isEmpty else {
      cache.remove(key)
      return true
    }
    return cache.keep(bytes, under: key)
  }

  /// The file format.
  var bytes: [UInt8] {
    let lines = variants.map {
      "\($0.name) \($0.isIndispensable ? "indispensable" : "replaced") \($0.digest)"
    }
    return Array(lines.joined(separator: "\n").utf8)
  }
}

extension CacheKey {
  /// The key of a device's self-test results, for its driver.
  static func quarantine(of device: PhysicalDevice) -> CacheKey {
    CacheKey("quarantine", parts: device.identity)
  }
}

/// The error for a device whose driver computes an indispensable kernel wrongly.
package struct QuarantinedDevice: Error, CustomStringConvertible {
  let device: PhysicalDevice
  let variant: String

  package var description: String {
    "Vulkan device \(device.index), \(device.name), is not used, because its driver (\(device.driverName) "
      + "\(device.driverVersion)) gets the kernel \(variant) wrong: update the driver and run 'lemnos doctor "
      + "--device \(device.index)', or use the CPU"
  }
}
