import Programs
import Shaders

extension DispatchPlan {
  static func scatterAdd(_ kernel: RowKernel, on device: DeviceTraits) -> DispatchPlan {
    DispatchPlan(
      .compiled(.scatterAdd), over: kernel.rows * kernel.rowLength,
      constants: [kernel.rows, kernel.rowLength, kernel.count], on: device)
  }
}
