extension Instance {
  /// The device to use.
  ///
  /// - Parameter index: a position in `devices`: that very device, be it a software one. Nil chooses
  ///   `PhysicalDevice.preferred`.
  /// - Returns: nil only when nothing was asked for and there is no such GPU: the caller falls back to the CPU.
  /// - Throws: `noSuchDevice`.
  package func device(at index: Int? = nil) throws(VulkanError) -> PhysicalDevice? {
    guard let index else { return PhysicalDevice.preferred(among: devices) }
    guard devices.indices.contains(index) else {
      throw .noSuchDevice(index: index, available: devices.map(\.name))
    }
    return devices[index]
  }
}

extension PhysicalDevice {
  /// The card to use when none was asked for: a discrete GPU, else an integrated one, else a virtual one, among those that have
  /// all that Lemnos needs.
  ///
  /// Of several of a kind the one with the most memory of its own, of these the first. Never a software device: nil where there is
  /// no other.
  package static func preferred(among devices: [PhysicalDevice]) -> PhysicalDevice? {
    let usable = devices.filter { $0.missingFeature == nil }
    for kind in [Kind.discrete, .integrated, .virtual] {
      let alike = usable.filter { $0.kind == kind }
      let most = alike.map(\.deviceLocalBytes).max()
      if let device = alike.first(where: { $0.deviceLocalBytes == most }) { return device }
    }
    return nil
  }
}
