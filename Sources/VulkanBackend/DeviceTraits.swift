import VulkanDevice

/// What kernels ask of a device to choose their form.
struct DeviceTraits {
  /// A processor that speaks Vulkan: shared memory and large workgroups only cost there.
  var isSoftware: Bool
  let maximumGroups: Int

  /// Whether 8 invocations of a workgroup are one subgroup, in which each can give the others a value.
  var hasSubgroupsOf8 = false

  /// Whether a shader has to ask for whole subgroups of 8, since it may find others.
  var asksForSubgroups = false

  /// The 32-bit values that an invocation holds in registers.
  var registers = 256

  /// Whether kernels may compute in float64.
  let hasFloat64: Bool

  /// What products were found fastest with.
  var tiles = TileTable()

  /// The device's matrix units, and what is multiplied by them; nil for ordinary arithmetic only.
  var units: CooperativeUnits?

  /// Seconds that a submit may take; nil for as long as it likes.
  var submitLimit: Double?

  /// Variants that the driver gets wrong.
  var quarantined: Set<String> = []

  /// Variants whose results are spoilt on purpose, for tests.
  var corrupted: Set<String> = []

  /// Invocations per workgroup of kernels that do not care.
  var groupSize: Int { isSoftware ? 64 : 256 }

  /// The subgroups that a shader has to ask for if it makes products by such a tile.
  func subgroupSize(for tile: MatrixTile) -> Int? {
    tile.form == .subgroup && asksForSubgroups ? 8 : nil
  }

  /// Workgroups along x, and more along y where they do not fit.
  func folded(_ count: Int) -> (x: Int, y: Int, z: Int) {
    let x = min(max(count, 1), maximumGroups)
    return (x, (count + x - 1) / x, 1)
  }
}

extension DeviceTraits {
  /// What a device is to kernels.
  ///
  /// - Parameters:
  ///   - isSoftware: whether to use the kernels for processors; nil for what suits the device.
  ///   - subgroups: false to do without what invocations of a subgroup can give one another.
  init(_ device: PhysicalDevice, isSoftware: Bool? = nil, subgroups: Bool = true, hasFloat64: Bool) {
    let limits = device.limits
    self.init(
      isSoftware: isSoftware ?? (device.kind == .software),
      maximumGroups: min(limits.maxComputeWorkGroupCount[0], limits.maxComputeWorkGroupCount[1], 65_535),
      hasSubgroupsOf8: subgroups && limits.subgroupSize == 8 && limits.hasSubgroupBroadcast,
      asksForSubgroups: limits.subgroupSizes.map { ($0.least...$0.greatest).contains(8) } ?? false,
      registers: RegisterFile.count(of: device), hasFloat64: hasFloat64)
  }
}
