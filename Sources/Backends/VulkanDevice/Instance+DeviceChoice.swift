extension Instance {
  /// The device to use.
  ///
  /// - Parameter index: a position in `devices`, software devices included. Nil chooses
  ///   `PhysicalDevice.preferred`.
  /// - Returns: nil only if `index` is nil and there is no suitable GPU: the caller falls back to the CPU.
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
  /// The default GPU: discrete, else integrated, else virtual, among those that meet all requirements.
  ///
  /// Among several of a kind the one with the most device-local memory, then the first. Never a software
  /// device: nil if there is no other.
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
