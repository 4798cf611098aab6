import Execution
package import Programs
import Shaders
package import Tensors
package import VulkanDevice

/// One pipeline of the backend: a module and its specialization constants.
///
/// For checks of shaders without a device.
package struct KernelVariant: Sendable {
  /// Such as `MatMul/matmulTiled(1,0)`; for a generated kernel, its work and layer.
  package var name: String

  /// The kernel, such as `matmul`; for a fused kernel its main part, such as `fused matmul`.
  package let kernel: String

  /// True if its GLSL is generated, not from `Shaders`.
  package let isGenerated: Bool

  /// The compiled code: kernels with equal code share a pipeline.
  package struct Code: Sendable, Hashable {
    package let spirv: [UInt32]
    /// The values of the specialization constants.
    package let specialization: [UInt32]
    /// Nil for any.
    package let subgroupSize: Int?
  }

  package let code: Code
  package let bufferCount: Int
  package let pushConstantByteCount: Int
}

/// Lists the pipelines that the backend would create for programs, without a device.
///
/// Not Sendable, like the compiler it retains.
package final class KernelLister {
  private var traits: DeviceTraits
  // Retained: a new compiler parses GLSL's built-in declarations again, which takes 50 ms.
  private let generated = GeneratedShaders(nil)

  /// - Parameters:
  ///   - forCards: true for GPUs, false for CPU drivers of Vulkan.
  ///   - hasSubgroupsOf8: true if such a driver has subgroups of 8 invocations.
  package init(forCards: Bool, hasSubgroupsOf8: Bool = false) {
    traits = DeviceTraits(
      isSoftware: !forCards, maximumGroups: 65_535, hasSubgroupsOf8: hasSubgroupsOf8, hasFloat64: true)
  }

  /// - Parameter device: the GPU, with its matrix units, checked or not.
  package init(for device: PhysicalDevice) {
    traits = DeviceTraits(device, isSoftware: false, hasFloat64: device.features.shaderFloat64)
    traits.units = CooperativeUnits(device)
    traits.units?.uses.leastFlops = 0
  }

  package var hasFloat64: Bool { traits.hasFloat64 }

  /// The precisions that the matrix units support.
  package var unitPrecisions: [Precision] {
    Precision.allCases.filter { traits.units?.uses.precisions.contains($0) == true }
  }

  /// The number of candidate tiles of tuning.
  package var tileCount: Int { MatrixTile.candidates(MatrixForm(isFloat64: false, on: traits)).count }

  /// The loop iterations of a program's dispatches, without compiling.
  package func plans(
    of program: Program, fuses: Bool = true
  ) -> [(kernel: String, iterations: Int, source: String?)] {
    let program = program.fused(by: FusionPolicy(buffers: .max, on: traits, fuses: fuses))
    return program.dispatched.map { program, instruction in
      let plan = DispatchPlan(instruction, types: program.types(of: instruction), on: traits)
      let source: String? = if case .generated(let source) = plan.code { source } else { nil }
      return ("\(instruction.kernel.composition) \(instruction.label)", plan.iterations, source)
    }
  }

  /// The pipelines of a program, in the order of its instructions, without duplicates.
  ///
  /// - Parameters:
  ///   - fuses: true if the backend fuses instructions, as it does by default.
  ///   - tile: the index of a candidate tile below `tileCount`; nil for the default choice.
  ///   - largeUnitTiles: true for large tiles of products on matrix units, where possible; nil to choose by
  ///     size.
  package func variants(
    of program: Program, fuses: Bool = true, tile: Int? = nil, largeUnitTiles: Bool? = nil
  ) throws -> [KernelVariant] {
    var traits = traits
    if let largeUnitTiles { traits.units?.leastLargeTiles = largeUnitTiles ? 1 : .max }
    traits.tiles.forced = tile.map { MatrixTile.candidates(MatrixForm(isFloat64: false, on: traits))[$0] }
    let program = program.fused(by: FusionPolicy(buffers: .max, on: traits, fuses: fuses))
    var seen: Set<KernelCache.Key> = []
    var variants: [KernelVariant] = []
    for (program, instruction) in program.dispatched {
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
  /// The instructions that are dispatched, those of the steps of scans once.
  var dispatched: [(program: Program, instruction: Instruction)] {
    instructionsWithSteps.filter { program, instruction in
      if case .scan = instruction.kernel { false } else { program.hasWork(instruction) }
    }
  }

  func types(of instruction: Instruction) -> (inputs: [DType], outputs: [DType]) {
    (instruction.inputs.map { values[$0].type.dtype }, instruction.outputs.map { values[$0].type.dtype })
  }
}

extension Program.Instruction {
  /// Its kernel and layer.
  var title: String { label.isEmpty ? kernel.name : "\(kernel.name) \(label)" }

  /// The most buffers that its dispatch binds.
  var bindingCount: Int { max(bufferCount, inputs.count + outputs.count) }

  /// The number of buffers its dispatch binds.
  fileprivate var bufferCount: Int {
    if case .attention(let kernel) = kernel { return kernel.boundInputs.count + outputs.count }
    guard case .fused(let fused) = kernel else { return inputs.count + outputs.count }
    return fused.buffers.count
  }
}

extension Kernel {
  /// Its name; for a fused kernel, its dominant part.
  fileprivate var family: String {
    guard case .fused(let fused) = self else { return name }
    if let product = fused.fusionGroups.lazy.compactMap(\.contraction).first {
      return "fused \(product.kernel.name)"
    }
    return fused.fusionGroups.contains(where: \.space.isReduced) ? "fused reduction" : "fused pointwise"
  }
}
