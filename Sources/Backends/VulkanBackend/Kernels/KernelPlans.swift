import Execution
import Programs
import Tensors

extension DispatchPlan {
  /// The dispatch of an instruction.
  ///
  /// Devices without float64 get no float64 instructions: see `usesFloat64`.
  init(
    _ instruction: Program.Instruction, types: (inputs: [DType], outputs: [DType]), on device: DeviceTraits
  ) {
    let isFloat64 = types.inputs.contains(.float64)
    if !isFloat64, let plan = DispatchPlan.byMatrixUnits(instruction.kernel, on: device) {
      self = plan
      return
    }
    switch instruction.kernel {
    case .pointwise(let kernel): self = .pointwise(kernel, outputs: types.outputs, on: device)
    case .reduction(let kernel): self = .reduction(kernel, types.inputs[0], on: device)
    case .matmul(let kernel): self = .matmul(kernel, isFloat64: isFloat64, on: device)
    case .convolution(let kernel): self = .convolution(kernel, isFloat64: isFloat64, on: device)
    case .pooling(let kernel): self = .pooling(kernel, isFloat64: isFloat64, on: device)
    case .attention(let kernel): self = .attention(kernel, isFloat64: isFloat64, on: device)
    case .scan: preconditionFailure("a scan is dispatched kernel by kernel of each step")
    case .gather(let kernel): self = .gather(kernel, types.inputs[0], on: device)
    case .scatterAdd(let kernel): self = .scatterAdd(kernel, isFloat64: isFloat64, on: device)
    case .uniform(let count, let stream): self = .uniform(count: count, stream: stream, on: device)
    case .shuffledBatch(let batch, let count): self = .shuffledBatch(batch: batch, count: count, on: device)
    case .softmaxCrossEntropy(let rows, let classes):
      self = .softmaxCrossEntropy(rows: rows, classes: classes, isFloat64: isFloat64, on: device)
    case .softmaxCrossEntropyGradient(let rows, let classes):
      self = .softmaxCrossEntropyGradient(rows: rows, classes: classes, isFloat64: isFloat64, on: device)
    case .fused(let kernel): self = .fused(kernel, on: device)
    case .depthParts(let kernel, let parts):
      self = .depthParts(of: kernel, parts, types.inputs[0], isFloat64: isFloat64, on: device)
    case .argmaxOfParts(let kernel, let parts):
      self = .argmaxOfParts(kernel, parts: parts, types.inputs[0], on: device)
    case .gatherShuffled:
      preconditionFailure("\(instruction.kernel.name) is dispatched in this form only by fused kernels")
    }
  }

  private static func depthParts(
    of kernel: Kernel, _ parts: Int, _ dtype: DType, isFloat64: Bool, on device: DeviceTraits
  ) -> DispatchPlan {
    switch kernel {
    case .matmul(let kernel): .matmul(kernel, parts: parts, isFloat64: isFloat64, on: device)
    case .convolution(let kernel): .convolution(kernel, parts: parts, isFloat64: isFloat64, on: device)
    case .reduction(let kernel): .reduction(kernel, parts: parts, dtype, on: device)
    case .scatterAdd(let kernel): .scatterAdd(kernel, parts: parts, isFloat64: isFloat64, on: device)
    default: preconditionFailure("\(kernel.name) has no depth to compute parts of")
    }
  }
}

extension Kernel {
  /// True if it computes in float64, given the types of its values.
  func usesFloat64(_ types: (inputs: [DType], outputs: [DType])) -> Bool {
    // A chain may use float64 between float32 inputs and outputs.
    if (types.inputs + types.outputs).contains(.float64) { return true }
    switch self {
    case .pointwise(let kernel): return kernel.steps.contains { $0.dtype == .float64 }
    case .fused(let kernel):
      return kernel.fusionGroups.flatMap(\.parts).contains {
        $0.kernel.usesFloat64((inputs: [], outputs: []))
      }
    default: return false
    }
  }
}

/// The error of a kernel that this backend or device cannot run.
struct UnsupportedKernel: BackendError, CustomStringConvertible {
  let reason: String
  var description: String { reason }
}
