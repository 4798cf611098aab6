import Shaders

/// One dispatch of a kernel: shader, parameters, and number of workgroups.
///
/// Binds the instruction's inputs, then its outputs.
struct DispatchPlan {
  enum Code: Hashable {
    case compiled(Shader)
    /// GLSL generated for the kernel.
    case generated(String)
  }

  let code: Code

  /// The values of the shader's specialization constants.
  let specialization: [UInt32]

  /// The words of the push constants.
  let constants: [UInt32]

  /// Parameters that exceed the push constants, in a buffer that is bound last.
  let moreConstants: [UInt32]

  /// The words of push constants that Vulkan guarantees.
  static let mostPushConstants = 32

  let groups: (x: Int, y: Int, z: Int)

  /// The maximum number of loop iterations of an invocation, over all loops that grow with sizes: see
  /// `LoopLimit`.
  let iterations: Int

  /// The subgroup size that the shader requires; nil for any.
  var subgroupSize: Int?

  /// For generated code, the variants of its fusion groups.
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

  /// A generated shader, with the words of its parameters.
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

  /// One invocation per unit, in workgroups of the device's default size.
  init(_ code: Code, over count: Int, constants: [Int], iterations: Int, on device: DeviceTraits) {
    self.init(
      code, specialization: [UInt32(device.groupSize)], constants: constants,
      groups: device.folded((count + device.groupSize - 1) / device.groupSize), iterations: iterations)
  }
}
