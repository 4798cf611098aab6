import Execution
import Programs
import Shaders
import Tensors

extension DispatchPlan {
  /// The names of its variants in a quarantine: the shader, or the forms of its fusion groups.
  var variants: Set<String> {
    switch code {
    case .compiled(let shader): [shader.name]
    case .generated: forms
    }
  }
}

extension VulkanBackend {
  /// The variant names of generated kernels, without those for float64.
  package static let generated = ["Fused/elements", "Fused/reduction", "Fused/contraction"]
}

extension FusedKernel {
  /// The variant of each of its fusion groups; "Fused/reductionFloat64" if it computes in float64.
  var variants: Set<String> {
    let suffix = buffers.contains { $0.dtype == .float64 } ? "Float64" : ""
    return Set(
      fusionGroups.map { group in
        let form =
          group.contraction != nil ? "contraction" : group.space.isReduced ? "reduction" : "elements"
        return "Fused/" + form + suffix
      })
  }
}

extension Program {
  /// The variants of its fused kernels.
  var fusedVariants: Set<String> {
    instructionsWithSteps.reduce(into: []) { variants, item in
      if case .fused(let kernel) = item.instruction.kernel { variants.formUnion(kernel.variants) }
    }
  }
}

extension DeviceTraits {
  /// The same device, with the kernels of the other kind of device (GPU or CPU driver).
  private var ofOtherKind: DeviceTraits {
    var other = self
    other.isSoftware.toggle()
    return other
  }

  /// The same device, without subgroup operations.
  private var withoutSubgroups: DeviceTraits {
    var other = self
    other.hasSubgroupsOf8 = false
    return other
  }

  /// The dispatch of an instruction, with a variant that is not in quarantine.
  func plan(
    _ instruction: Program.Instruction, types: (inputs: [DType], outputs: [DType])
  ) throws(UnsupportedKernel) -> DispatchPlan {
    let plan = DispatchPlan(instruction, types: types, on: self)
    guard plan.iterations <= LoopLimit.perInvocation else {
      throw UnsupportedKernel(
        reason:
          "\(instruction.kernel.name) \(instruction.label) would take \(plan.iterations) iterations of the loops "
          + "of one invocation on this device, where some drivers stop after 65,535: use the CPU, fewer classes, or shorter sequences"
      )
    }
    guard let wrong = quarantined.intersection(plan.variants).min() else { return plan }
    for device in [withoutSubgroups, ofOtherKind] {
      let other = DispatchPlan(instruction, types: types, on: device)
      if quarantined.isDisjoint(with: other.variants) { return other }
    }
    throw UnsupportedKernel(
      reason: "this device's driver gets the kernel \(wrong) wrong, and there is no other for "
        + "\(instruction.kernel.name): update the driver and run 'lemnos doctor', or use the CPU")
  }
}
