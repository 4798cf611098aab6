import Execution
package import Programs
package import Tensors

/// A dispatch as planned for a GPU, without one.
package struct PlannedDispatch: Sendable {
  package let instruction: Int
  package let level: Int
  /// How often it is dispatched in a step: of a scan's kernels, once for each of its steps.
  package let count: Int
  package let flops: Int
  package let byteTraffic: Int
  package let workgroups: Int
  /// The precision of the matrix units used; nil for ordinary arithmetic.
  package let units: Precision?

  /// The program as planned for a GPU, and its dispatches.
  ///
  /// - Parameters:
  ///   - precisions: the precisions of its matrix units, of shape 16×16×16.
  ///   - subgroupSize: of its shaders.
  ///   - rewrites: those to leave out of the plan.
  package static func all(
    of program: Program, unitsFor precisions: Set<Precision>, subgroupSize: Int,
    withoutRewrites rewrites: Set<Rewrite> = []
  ) -> (program: Program, dispatches: [PlannedDispatch]) {
    var traits = DeviceTraits(isSoftware: false, maximumGroups: 65_535, hasFloat64: false)
    traits.withoutRewrites = rewrites
    if !precisions.isEmpty {
      let unit = CooperativeUnits.Unit(rows: 16, columns: 16, depth: 16)
      traits.units = CooperativeUnits(
        subgroupSize: subgroupSize, sharedByteCount: 49_152,
        units: Dictionary(uniqueKeysWithValues: precisions.map { ($0, unit) }))
    }
    let program = program.fused(by: FusionPolicy(buffers: 64, on: traits))
    let running = program.instructions.indices.filter { program.hasWork(program.instructions[$0]) }
    func dispatch(
      _ instruction: Program.Instruction, of program: Program, count: Int, at index: Int, level: Int
    ) -> PlannedDispatch {
      let plan = DispatchPlan(instruction, types: program.types(of: instruction), on: traits)
      let isByUnits = DispatchPlan.byMatrixUnits(instruction.kernel, on: traits) != nil
      return PlannedDispatch(
        instruction: index, level: level, count: count, flops: instruction.flops,
        byteTraffic: program.byteTraffic(of: instruction),
        workgroups: plan.groups.x * plan.groups.y * plan.groups.z,
        units: isByUnits ? instruction.kernel.product.precision : nil)
    }
    return (
      program,
      running.flatMap { index -> [PlannedDispatch] in
        let instruction = program.instructions[index]
        guard case .scan(let scan) = instruction.kernel else {
          return [dispatch(instruction, of: program, count: 1, at: index, level: instruction.level)]
        }
        let step = scan.body.program
        return step.instructions.filter { step.hasWork($0) }.map {
          dispatch($0, of: step, count: scan.steps, at: index, level: instruction.level)
        }
      }
    )
  }
}

extension Kernel {
  /// The precision to which a product's operands are rounded.
  fileprivate var precision: Precision? {
    switch self {
    case .matmul(let kernel): kernel.precision
    case .convolution(let kernel): kernel.precision
    default: nil
    }
  }
}
