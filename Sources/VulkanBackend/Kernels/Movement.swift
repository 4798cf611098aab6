import Programs
import Shaders
import Tensors

extension DispatchPlan {
  static func gather(_ kernel: RowKernel, _ dtype: DType, on device: DeviceTraits) -> DispatchPlan {
    DispatchPlan(
      .compiled(dtype == .uint8 ? .gatherBytes : .gatherWords), over: kernel.count * kernel.rowLength,
      constants: [kernel.rows, kernel.rowLength, kernel.count], on: device)
  }
}
