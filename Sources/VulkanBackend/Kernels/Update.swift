import Programs
import Shaders

extension DispatchPlan {
  static func scatterAdd(_ kernel: RowKernel, isFloat64: Bool, on device: DeviceTraits) -> DispatchPlan {
    DispatchPlan(
      .compiled(isFloat64 ? .scatterAddFloat64 : .scatterAdd), over: kernel.rows * kernel.rowLength,
      constants: [kernel.rows, kernel.rowLength, kernel.count], on: device)
  }
}
