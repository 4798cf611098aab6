import Shaders

/// One dispatch of a kernel: which shader, for what sizes, over how many workgroups.
///
/// It binds the instruction's inputs, then its outputs.
struct DispatchPlan {
  enum Code: Hashable {
    case compiled(Shader)
    /// GLSL for a kernel that did not exist before the program did.
    case generated(String)
  }

  let code: Code

  /// The values of the shader's specialization constants.
  let specialization: [UInt32]

  /// What the shader's push constants hold.
  let constants: [UInt32]
  let groups: (x: Int, y: Int, z: Int)

  /// The most iterations that the loops of an invocation make, all together, as far as they grow with sizes: see `LoopLimit`.
  let iterations: Int

  /// Of generated code, the variants of its segments.
  let forms: Set<String>

  init(
    _ code: Code, specialization: [UInt32] = [], constants: [Int], groups: (x: Int, y: Int, z: Int),
    iterations: Int
  ) {
    self.code = code
    self.specialization = specialization
    self.constants = constants.map { UInt32($0) }
    (self.groups, self.iterations) = (groups, iterations)
    forms = []
  }

  /// A shader that was written for one kernel, with the words of its push constants.
  init(
    generated source: String, forms: Set<String>, words: [UInt32], groups: (x: Int, y: Int, z: Int),
    iterations: Int
  ) {
    (code, specialization, constants) = (.generated(source), [], words)
    (self.groups, self.forms, self.iterations) = (groups, forms, iterations)
  }

  /// One invocation for each of `count` units, in workgroups of a size that suits the device.
  init(_ code: Code, over count: Int, constants: [Int], iterations: Int, on device: DeviceTraits) {
    self.init(
      code, specialization: [UInt32(device.groupSize)], constants: constants,
      groups: device.folded((count + device.groupSize - 1) / device.groupSize), iterations: iterations)
  }
}

/// What kernels ask of a device to choose their form.
struct DeviceTraits {
  /// A processor that speaks Vulkan: shared memory and large workgroups only cost there.
  var isSoftware: Bool
  let maximumGroups: Int

  /// Whether 8 invocations of a workgroup are one subgroup, in which each can give the others a value.
  var hasSubgroupsOf8 = false

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

  /// Workgroups along x, and more along y where they do not fit.
  func folded(_ count: Int) -> (x: Int, y: Int, z: Int) {
    let x = min(max(count, 1), maximumGroups)
    return (x, (count + x - 1) / x, 1)
  }
}
