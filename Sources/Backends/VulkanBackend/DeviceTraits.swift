import Programs
import VulkanDevice

/// The properties of a device by which kernel variants are chosen.
struct DeviceTraits {
  /// A CPU driver of Vulkan (llvmpipe, SwiftShader): shared memory and large workgroups only cost there.
  var isSoftware: Bool
  let maximumGroups: Int

  /// True if 8 invocations of a workgroup are one subgroup that supports broadcast.
  var hasSubgroupsOf8 = false

  /// True if a shader must require the subgroup size 8, since others are possible.
  var asksForSubgroups = false

  /// The 32-bit registers per invocation.
  var registers = 256

  /// True if kernels may compute in float64.
  let hasFloat64: Bool

  /// The fastest tiles found by tuning.
  var tiles = TileTable()

  /// The device's matrix units and the products computed on them; nil for none.
  var units: CooperativeUnits?

  /// The maximum duration of a submission in seconds; nil for unlimited.
  var submitLimit: Double?

  /// Kernel variants that the driver computes wrongly.
  var quarantined: Set<String> = []

  /// Variants whose results are corrupted on purpose, for tests.
  var corrupted: Set<String> = []

  /// The rewrites to leave out of the plans of programs.
  var withoutRewrites: Set<Rewrite> = []

  /// The default number of invocations per workgroup.
  var groupSize: Int { isSoftware ? 64 : 256 }

  /// The subgroup size that a shader must require for a tile; nil for none.
  func subgroupSize(for tile: MatrixTile) -> Int? {
    tile.form == .subgroup && asksForSubgroups ? 8 : nil
  }

  /// Splits a number of workgroups into x, and y where x exceeds the device limit.
  func folded(_ count: Int) -> (x: Int, y: Int, z: Int) {
    let x = min(max(count, 1), maximumGroups)
    return (x, (count + x - 1) / x, 1)
  }
}

extension DeviceTraits {
  /// The traits of a device.
  ///
  /// - Parameters:
  ///   - isSoftware: true to use the kernels for CPU drivers; nil to choose by the device.
  ///   - subgroups: false to avoid subgroup operations.
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
