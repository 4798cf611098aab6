import Execution
import Programs

/// Scratch memory for running kernels, reused by each instruction.
final class Workspace {
  private let block: Block
  private var taken = 0

  init(for program: Program, _ kernels: CPUBackend.Kernels, in account: MemoryAccount) throws(MemoryRefused) {
    block = try Block(byteCount: Workspace.byteCount(of: program, kernels), in: account)
  }

  /// The largest need of any instruction of a program; reference kernels need none.
  static func byteCount(of program: Program, _ kernels: CPUBackend.Kernels) -> Int {
    switch kernels {
    case .reference: 0
    case .accelerated:
      4 * (program.instructionsWithSteps.map { floatCount(of: $0.instruction.kernel) }.max() ?? 0)
    }
  }

  private static func floatCount(of kernel: Kernel) -> Int {
    switch kernel {
    case .convolution(let kernel): return ConvolutionPlan(kernel).workspaceCount(isStored: true)
    case .attention(let kernel): return kernel.workspaceCount
    case .fused(let kernel):
      return kernel.fusionGroups.reduce(0) { sum, group in
        if let product = group.contraction {
          guard case .convolution(let kernel) = product.kernel else { return sum }
          let isStored = group.results[product.firstResult].buffer != nil
          return sum + ConvolutionPlan(kernel).workspaceCount(isStored: isStored)
        }
        return group.space.isReduced ? sum + FusedReduction.workspaceCount(of: group) : sum
      }
    default: return 0
    }
  }

  /// Starts a new instruction, which may reuse all memory.
  func restart() { taken = 0 }

  /// Allocates floats for the current instruction.
  func take(_ count: Int) -> UnsafeMutablePointer<Float> {
    precondition(
      4 * (taken + count) <= block.byteCount, "an instruction needs more workspace than was planned")
    defer { taken += count }
    return block.base.assumingMemoryBound(to: Float.self) + taken
  }
}
