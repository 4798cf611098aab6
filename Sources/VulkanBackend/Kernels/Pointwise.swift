import Programs
import Tensors

extension DispatchPlan {
  static func pointwise(_ kernel: PointwiseKernel, outputs: [DType], on device: DeviceTraits) -> DispatchPlan
  {
    DispatchPlan(
      .generated(PointwiseShader(kernel, outputs: outputs).source), over: kernel.count,
      constants: [kernel.count],
      on: device)
  }
}
