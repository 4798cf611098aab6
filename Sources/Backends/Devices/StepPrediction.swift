import Execution
package import Programs
import Tensors

/// The predicted time of a training step on a GPU.
public struct StepPrediction: Sendable, Encodable {
  /// The bottleneck of a kernel.
  public enum Bound: String, Sendable, Encodable {
    case arithmetic, memory
    /// Waiting for the previous kernel takes longer than the kernel itself.
    case start
  }

  public struct Kernel: Sendable, Encodable {
    public let kernel: String
    public let layer: String
    public let seconds: Double
    public let bound: Bound
    public let usesMatrixUnits: Bool
  }

  public let card: CardModel
  /// In order of execution.
  public let kernels: [Kernel]

  /// Of all kernels, plus one synchronization per level.
  public let seconds: Double
  public let levels: Int
}

#if VULKAN
import VulkanBackend

extension StepPrediction {
  /// - Parameters:
  ///   - program: unplanned; it is planned for the GPU.
  ///   - rewrites: those to leave out of the plan.
  ///   - place: gives the layer of an instruction.
  /// - Throws: `BackendUnavailable` in a build without Vulkan.
  package init(
    of program: Program, on card: CardModel, withoutRewrites rewrites: Set<Rewrite> = [],
    place: (Program, Program.Instruction) -> String
  ) throws(BackendUnavailable) {
    let precisions: Set<Precision> = card.unitTeraflops == nil ? [] : [.float16, .bfloat16]
    let (planned, dispatches) = PlannedDispatch.all(
      of: program, unitsFor: precisions, subgroupSize: card.subgroupSize, withoutRewrites: rewrites)
    self.card = card
    kernels = dispatches.map { dispatch in
      let instruction = planned.instructions[dispatch.instruction]
      // The last wave of workgroups may leave cores idle.
      let rounds = (dispatch.workgroups + card.cores - 1) / card.cores
      let filled = Double(dispatch.workgroups) / Double(max(rounds, 1) * card.cores)
      let peak =
        dispatch.units == nil
        ? card.teraflops * CardModel.arithmeticShare : (card.unitTeraflops ?? 0) * CardModel.unitShare
      let arithmetic = Double(instruction.flops) / (peak * 1e12 * max(filled, 1e-3))
      let memory =
        Double(planned.byteTraffic(of: instruction))
        / (card.gigabytesPerSecond * 1e9 * CardModel.bandwidthShare)
      let seconds = max(arithmetic, memory)
      return Kernel(
        kernel: instruction.kernel.name, layer: place(planned, instruction), seconds: seconds,
        bound: seconds < CardModel.start ? .start : arithmetic > memory ? .arithmetic : .memory,
        usesMatrixUnits: dispatch.units != nil)
    }
    levels = Set(dispatches.map(\.level)).count
    seconds = kernels.reduce(0) { $0 + $1.seconds } + Double(levels) * CardModel.start
  }
}
#else
extension StepPrediction {
  package init(
    of program: Program, on card: CardModel, withoutRewrites rewrites: Set<Rewrite> = [],
    place: (Program, Program.Instruction) -> String
  ) throws(BackendUnavailable) { throw .notBuilt }
}
#endif
