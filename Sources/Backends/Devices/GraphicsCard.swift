import FoundationEssentials
import Glibc

/// A GPU on the PCI bus, visible to Vulkan or not, as listed by the kernel in `/sys`.
public struct GraphicsCard: Hashable, Sendable {
  /// Its PCI address, such as 0000:01:00.0.
  public let address: String

  /// The PCI vendor ID: 0x1002 AMD, 0x10de NVIDIA, 0x8086 Intel.
  public let vendor: Int

  /// The kernel driver; nil for none.
  public let driver: String?

  /// The render node that Vulkan drivers open, such as /dev/dri/renderD128; nil for none.
  public let node: String?

  /// True if this user may open the node.
  public let isAccessible: Bool

  var vendorName: String? { [0x1002: "AMD", 0x10de: "NVIDIA", 0x8086: "Intel"][vendor] }

  /// The GPUs of vendors that have Vulkan drivers.
  ///
  /// - Parameter root: the root of the file system; for tests.
  public static func all(root: String = "") -> [GraphicsCard] {
    let devices = "\(root)/sys/bus/pci/devices"
    let addresses = (try? FileManager.default.contentsOfDirectory(atPath: devices)) ?? []
    return addresses.sorted().compactMap { address in
      let folder = "\(devices)/\(address)"
      // PCI class 03: display controllers, with or without a display.
      guard let kind = number("\(folder)/class"), kind >> 16 == 0x03, let vendor = number("\(folder)/vendor")
      else {
        return nil
      }
      let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/drm")) ?? []
      let node = names.first { $0.hasPrefix("renderD") }.map { "\(root)/dev/dri/\($0)" }
      let driver = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/driver")
      let card = GraphicsCard(
        address: address, vendor: vendor, driver: driver?.split(separator: "/").last.map(String.init),
        node: node, isAccessible: node.map { access($0, R_OK | W_OK) == 0 } ?? false)
      return card.vendorName == nil ? nil : card
    }
  }

  /// Parses a file such as "0x1002\n".
  private static func number(_ path: String) -> Int? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    let text = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace).first
    return text.flatMap { $0.hasPrefix("0x") ? Int($0.dropFirst(2), radix: 16) : nil }
  }

  /// The reason why Vulkan does not find a GPU, and the command that fixes it.
  ///
  /// - Parameter vendors: those of the GPUs that Vulkan finds.
  /// - Returns: nil for a GPU that Vulkan finds, or should not find.
  public func advice(whenVulkanFinds vendors: Set<Int>) -> String? {
    guard let name = vendorName, !vendors.contains(vendor) else { return nil }
    let card = "the \(name) card at \(address)"
    let ownDriver =
      "sudo apt-get install nvidia-driver nvidia-vulkan-icd (from Debian's non-free), and restart"
    guard let driver else {
      return vendor == 0x10de
        ? "no driver of the kernel drives \(card): \(ownDriver)"
        : "no driver of the kernel drives \(card): sudo apt-get install firmware-\(name == "AMD" ? "amd-graphics" : "misc-nonfree"), and restart"
    }
    // Reserved for a virtual machine.
    if driver == "vfio-pci" { return nil }
    if driver == "nouveau" {
      return "\(card) is driven by nouveau, which Vulkan cannot use here: \(ownDriver)"
    }
    if let node, !isAccessible {
      return "this user may not open \(node), \(card): sudo usermod -aG render,video $USER, and log in again"
    }
    return vendor == 0x10de
      ? "\(card) has no Vulkan driver: \(ownDriver)"
      : "\(card) has no Vulkan driver: sudo apt-get install mesa-vulkan-drivers"
  }
}
