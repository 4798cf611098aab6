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

  /// What a buffer of words holds, which is bound last: what found no room in push constants.
  let moreConstants: [UInt32]

  /// Words of push constants that every device has.
  static let mostPushConstants = 32

  let groups: (x: Int, y: Int, z: Int)

  /// The most iterations that the loops of an invocation make, all together, as far as they grow with sizes: see `LoopLimit`.
  let iterations: Int

  /// The subgroups that the shader is written for; nil for one that does not care.
  var subgroupSize: Int?

  /// Of generated code, the variants of its segments.
  let forms: Set<String>

  init(
    _ code: Code, specialization: [UInt32] = [], constants: [Int], groups: (x: Int, y: Int, z: Int),
    iterations: Int, subgroupSize: Int? = nil
  ) {
    self.code = code
    self.subgroupSize = subgroupSize
    self.specialization = specialization
    self.constants = constants.map { UInt32($0) }
    moreConstants = []
    (self.groups, self.iterations) = (groups, iterations)
    forms = []
  }

  /// A shader that was written for one kernel, with the words that its numbers are.
  init(
    generated source: String, forms: Set<String>, words: [UInt32], groups: (x: Int, y: Int, z: Int),
    iterations: Int, subgroupSize: Int?
  ) {
    self.subgroupSize = subgroupSize
    (code, specialization) = (.generated(source), [])
    constants = Array(words.prefix(Self.mostPushConstants))
    moreConstants = Array(words.dropFirst(Self.mostPushConstants))
    (self.groups, self.forms, self.iterations) = (groups, forms, iterations)
  }

  /// One invocation for each of `count` units, in workgroups of a size that suits the device.
  init(_ code: Code, over count: Int, constants: [Int], iterations: Int, on device: DeviceTraits) {
    self.init(
      code, specialization: [UInt32(device.groupSize)], constants: constants,
      groups: device.folded((count + device.groupSize - 1) / device.groupSize), iterations: iterations)
  }
}
