import Programs
import Tensors

extension DispatchPlan {
  static func pointwise(_ kernel: PointwiseKernel, outputs: [DType], on device: DeviceTraits) -> DispatchPlan
  {
    .fused(FusedKernel(kernel, outputs: outputs), on: device)
  }
}
