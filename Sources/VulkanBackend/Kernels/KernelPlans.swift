import Programs
import Tensors

extension DispatchPlan {
  /// The dispatch that computes an instruction.
  ///
  /// - Throws: `UnsupportedKernel` for types that this backend has no kernels for.
  init(
    _ instruction: Program.Instruction, types: (inputs: [DType], outputs: [DType]), on device: DeviceTraits
  ) throws(UnsupportedKernel) {
    if (types.inputs + types.outputs).contains(.float64) {
      throw UnsupportedKernel(
        reason:
          "\(instruction.kernel.name) in float64: the Vulkan backend computes in float32; use the CPU for float64"
      )
    }
    switch instruction.kernel {
    case .pointwise(let kernel): self = .pointwise(kernel, outputs: types.outputs, on: device)
    case .reduction(let kernel): self = .reduction(kernel, types.inputs[0], on: device)
    case .matmul(let kernel): self = .matmul(kernel, on: device)
    case .convolution(let kernel): self = .convolution(kernel, on: device)
    case .pooling(let kernel): self = .pooling(kernel, on: device)
    case .gather(let kernel): self = .gather(kernel, types.inputs[0], on: device)
    case .scatterAdd(let kernel): self = .scatterAdd(kernel, on: device)
    case .uniform(let count, let stream): self = .uniform(count: count, stream: stream, on: device)
    case .shuffledBatch(let batch, let count): self = .shuffledBatch(batch: batch, count: count, on: device)
    case .softmaxCrossEntropy(let rows, let classes):
      self = .softmaxCrossEntropy(rows: rows, classes: classes, on: device)
    case .softmaxCrossEntropyGradient(let rows, let classes):
      self = .softmaxCrossEntropyGradient(rows: rows, classes: classes, on: device)
    }
  }
}

/// A kernel that this backend or device cannot run.
struct UnsupportedKernel: BackendError, CustomStringConvertible {
  let reason: String
  var description: String { reason }
}
