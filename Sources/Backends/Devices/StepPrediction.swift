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

extension StepPrediction.Kernel {
  /// Both as one kernel.
  fileprivate func joined(by other: Self) -> Self {
    Self(
      kernel: kernel, layer: layer, seconds: seconds + other.seconds,
      bound: seconds < other.seconds ? other.bound : bound,
      usesMatrixUnits: usesMatrixUnits || other.usesMatrixUnits)
  }
}

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
    let predicted = dispatches.map { dispatch -> (instruction: Int, kernel: Kernel, starts: Int) in
      let instruction = planned.instructions[dispatch.instruction]
      // The last wave of workgroups may leave cores idle.
      let rounds = (dispatch.workgroups + card.cores - 1) / card.cores
      let filled = Double(dispatch.workgroups) / Double(max(rounds, 1) * card.cores)
      let peak =
        dispatch.units == nil
        ? card.teraflops * CardModel.arithmeticShare : (card.unitTeraflops ?? 0) * CardModel.unitShare
      let arithmetic = Double(dispatch.flops) / (peak * 1e12 * max(filled, 1e-3))
      let memory =
        Double(dispatch.byteTraffic)
        / (card.gigabytesPerSecond * 1e9 * CardModel.bandwidthShare)
      let seconds = max(arithmetic, memory)
      let kernel = Kernel(
        kernel: instruction.kernel.name, layer: place(planned, instruction),
        seconds: seconds * Double(dispatch.count),
        bound: seconds < CardModel.start ? .start : arithmetic > memory ? .arithmetic : .memory,
        usesMatrixUnits: dispatch.units != nil)
      return (dispatch.instruction, kernel, dispatch.count)
    }
    levels = Set(dispatches.map(\.level)).count
    // All dispatches of a scan are one kernel, whose steps start one after another.
    var (kernels, starts, last): ([Kernel], Int, Int?) = ([], levels, nil)
    for (instruction, kernel, count) in predicted {
      if instruction == last {
        kernels[kernels.count - 1] = kernels[kernels.count - 1].joined(by: kernel)
        starts += count
      } else {
        kernels.append(kernel)
        starts += count - 1
      }
      last = instruction
    }
    self.kernels = kernels
    seconds = kernels.reduce(0) { $0 + $1.seconds } + Double(starts) * CardModel.start
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
