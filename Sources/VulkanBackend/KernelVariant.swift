package import Programs
import Shaders
package import Tensors
package import VulkanDevice

/// One pipeline that the backend makes: a module, and the constants that it is specialized with.
///
/// For checks of shaders, which need no device.
package struct KernelVariant: Sendable {
  /// Such as `MatMul/matmulTiled(1,0)`; of a generated kernel, what it does and for which layer.
  package var name: String

  /// What it does, such as `matmul`; of a fused kernel, what it does in the main, such as `fused matmul`.
  package let kernel: String

  /// Whether its GLSL was written for the program, rather than found in `Shaders`.
  package let isGenerated: Bool

  /// What is compiled: kernels with the same code are one pipeline.
  package struct Code: Sendable, Hashable {
    package let spirv: [UInt32]
    /// The values of the specialization constants.
    package let specialization: [UInt32]
    /// Nil for a shader that does not care.
    package let subgroupSize: Int?
  }

  package let code: Code
  package let bufferCount: Int
  package let pushConstantByteCount: Int
}

/// Says which pipelines the backend makes of programs, without a device.
///
/// Not Sendable, like the compiler that it keeps.
package final class KernelLister {
  private var traits: DeviceTraits
  // Kept: another one reads the declarations of all that is built into GLSL again, which takes 50 ms.
  private let generated = GeneratedShaders(nil)

  /// - Parameters:
  ///   - forCards: for graphics cards, or else for processors that speak Vulkan.
  ///   - hasSubgroupsOf8: whether 8 of such a processor's invocations are a subgroup.
  package init(forCards: Bool, hasSubgroupsOf8: Bool = false) {
    traits = DeviceTraits(
      isSoftware: !forCards, maximumGroups: 65_535, hasSubgroupsOf8: hasSubgroupsOf8, hasFloat64: true)
  }

  /// - Parameter device: for this very card, its matrix units included, whether they are right or not.
  package init(for device: PhysicalDevice) {
    traits = DeviceTraits(device, isSoftware: false, hasFloat64: device.features.shaderFloat64)
    traits.units = CooperativeUnits(device)
    traits.units?.uses.leastFlops = 0
  }

  package var hasFloat64: Bool { traits.hasFloat64 }

  /// The formats that the matrix units multiply.
  package var unitPrecisions: [Precision] {
    Precision.allCases.filter { traits.units?.uses.precisions.contains($0) == true }
  }

  /// How many tiles tuning tries.
  package var tileCount: Int { MatrixTile.candidates(MatrixForm(isFloat64: false, on: traits)).count }

  /// What the dispatches of a program loop over, without compiling anything.
  package func plans(
    of program: Program, fuses: Bool = true
  ) -> [(kernel: String, iterations: Int, source: String?)] {
    let program = program.fused(for: VulkanBackend.limits(buffers: .max, on: traits, fuses: fuses))
    return program.instructions.filter { program.hasWork($0) }.map { instruction in
      let plan = DispatchPlan(instruction, types: program.types(of: instruction), on: traits)
      let source: String? = if case .generated(let source) = plan.code { source } else { nil }
      return ("\(instruction.kernel.composition) \(instruction.label)", plan.iterations, source)
    }
  }

  /// The pipelines for a program, in the order of its instructions, each once.
  ///
  /// - Parameters:
  ///   - fuses: whether the backend fuses instructions, as it does unless it is told not to.
  ///   - tile: of `tileCount`, the one to make products with; nil for the usual ones.
  ///   - largeUnitTiles: whether products by matrix units are made in large tiles, where they may be; nil for what suits
  ///     their sizes.
  package func variants(
    of program: Program, fuses: Bool = true, tile: Int? = nil, largeUnitTiles: Bool? = nil
  ) throws -> [KernelVariant] {
    var traits = traits
    if let largeUnitTiles { traits.units?.leastLargeTiles = largeUnitTiles ? 1 : .max }
    traits.tiles.forced = tile.map { MatrixTile.candidates(MatrixForm(isFloat64: false, on: traits))[$0] }
    let program = program.fused(for: VulkanBackend.limits(buffers: .max, on: traits, fuses: fuses))
    var seen: Set<KernelCache.Key> = []
    var variants: [KernelVariant] = []
    for instruction in program.instructions where program.hasWork(instruction) {
      let plan = DispatchPlan(instruction, types: program.types(of: instruction), on: traits)
      guard seen.insert(KernelCache.Key(plan)).inserted else { continue }
      let module = try plan.code.module(label: instruction.title, generated)
      let isGenerated = if case .generated = plan.code { true } else { false }
      let constants = plan.specialization.map(String.init).joined(separator: ",")
      variants.append(
        KernelVariant(
          name: isGenerated || constants.isEmpty ? module.name : "\(module.name)(\(constants))",
          kernel: instruction.kernel.family, isGenerated: isGenerated,
          code: .init(
            spirv: module.spirv, specialization: plan.specialization, subgroupSize: plan.subgroupSize),
          bufferCount: instruction.bufferCount + (plan.moreConstants.isEmpty ? 0 : 1),
          pushConstantByteCount: 4 * plan.constants.count))
    }
    return variants
  }
}

extension Program {
  func types(of instruction: Instruction) -> (inputs: [DType], outputs: [DType]) {
    (instruction.inputs.map { values[$0].type.dtype }, instruction.outputs.map { values[$0].type.dtype })
  }
}

extension Program.Instruction {
  /// What it does, and for which layer.
  var title: String { label.isEmpty ? kernel.name : "\(kernel.name) \(label)" }

  /// How many buffers its dispatch binds.
  fileprivate var bufferCount: Int {
    guard case .fused(let fused) = kernel else { return inputs.count + outputs.count }
    return fused.buffers.count
  }
}

extension Kernel {
  /// Its name; of a fused kernel, what takes the most of it.
  fileprivate var family: String {
    guard case .fused(let fused) = self else { return name }
    if let product = fused.segments.lazy.compactMap(\.contraction).first {
      return "fused \(product.kernel.name)"
    }
    return fused.segments.contains(where: \.domain.isReduced) ? "fused reduction" : "fused pointwise"
  }
}
