extension Instance {
  /// The device to use.
  ///
  /// - Parameter index: a position in `devices`: that very device, be it a software one. Nil chooses: the first
  ///   discrete GPU, else the first integrated one, else the first virtual one, among those that have all that
  ///   Lemnos needs; never a software device.
  /// - Returns: nil only when nothing was asked for and there is no such GPU: the caller falls back to the CPU.
  /// - Throws: `noSuchDevice`.
  package func device(at index: Int? = nil) throws(VulkanError) -> PhysicalDevice? {
    guard let index else { return bestGPU }
    guard devices.indices.contains(index) else {
      throw .noSuchDevice(index: index, available: devices.map(\.name))
    }
    return devices[index]
  }

  private var bestGPU: PhysicalDevice? {
    let usable = devices.filter { $0.missingFeature == nil }
    return usable.first { $0.kind == .discrete }
      ?? usable.first { $0.kind == .integrated }
      ?? usable.first { $0.kind == .virtual }
  }
}
