import Programs
import ReferenceKernels
import Tensors

/// Fast float32 forms of kernels, where there are any; the op table compares each with the reference.
enum Accelerated {
  /// One or more phases in sequence; nil if there is only the reference.
  static func work(_ kernel: Kernel, inputs: [BufferView], outputs: [BufferView], _ workspace: Workspace)
    -> [Work]?
  {
    let isFloat32 = outputs[0].type.dtype == .float32
    return switch kernel {
    case .pointwise(let kernel): pointwise(kernel, inputs: inputs, outputs: outputs).map { [$0] }
    case .reduction(let kernel): reduction(kernel, inputs[0], outputs[0]).map { [$0] }
    case .matmul(let kernel) where isFloat32: [matmul(kernel, inputs, outputs[0])]
    case .convolution(let kernel) where isFloat32:
      convolution(ConvolutionPlan(kernel), inputs, outputs[0], nil, workspace)
    case .fused(let kernel): FusedWork(kernel, inputs: inputs, outputs: outputs, workspace).phases
    case .pooling(let kernel): pooling(kernel, inputs, outputs[0]).map { [$0] }
    case .uniform(let count, let stream): [uniform(count: count, stream: stream, inputs, outputs[0])]
    case .softmaxCrossEntropy(let rows, let classes) where isFloat32:
      [softmaxLoss(rows, classes, inputs, outputs[0])]
    case .softmaxCrossEntropyGradient(let rows, let classes) where isFloat32:
      [softmaxLoss(rows, classes, inputs, outputs[0], isGradient: true)]
    case .attention(let kernel) where isFloat32: attention(kernel, inputs, outputs[0], workspace)
    case .matmul, .convolution, .attention, .scan, .gather, .gatherShuffled, .scatterAdd, .shuffledBatch,
      .softmaxCrossEntropy,
      .softmaxCrossEntropyGradient, .depthParts, .argmaxOfParts:
      nil
    }
  }
}
