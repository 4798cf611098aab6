import Programs
import Tensors

/// Fast float32 forms of the kernels that have one; each is held to the reference by the op table.
enum Accelerated {
  /// One or more steps, run one after another; nil where the reference is all there is.
  static func work(_ kernel: Kernel, inputs: [Place], outputs: [Place]) -> [Work]? {
    switch kernel {
    case .pointwise(let kernel): pointwise(kernel, inputs: inputs, outputs: outputs).map { [$0] }
    case .reduction(let kernel): reduction(kernel, inputs[0], outputs[0]).map { [$0] }
    case .matmul(let kernel): matmul(kernel, inputs, outputs[0]).map { [$0] }
    case .convolution(let kernel): convolution(kernel, inputs, outputs[0])
    case .pooling(let kernel): pooling(kernel, inputs, outputs[0]).map { [$0] }
    case .gather, .gatherShuffled, .scatterAdd, .uniform, .shuffledBatch, .softmaxCrossEntropy,
      .softmaxCrossEntropyGradient, .depthParts, .fused:
      nil
    }
  }
}
