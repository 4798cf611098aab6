import Programs
import Shaders

extension DispatchPlan {
  static func matmul(_ kernel: MatMulKernel, isFloat64: Bool, on device: DeviceTraits) -> DispatchPlan {
    let constants = [
      kernel.m, kernel.n, kernel.k, kernel.a.offset, kernel.a.stride, kernel.b.offset, kernel.b.stride,
    ]
    let (shader, rows, columns): (Shader, Int, Int) =
      switch MatrixForm(isFloat64: isFloat64, on: device) {
      case .direct where kernel.m >= 64 && kernel.n >= 128: (.matmulDirectLarge, 16, 64)
      case .direct: (.matmulDirect, 8, 32)
      case .directFloat64: (.matmulDirectFloat64, 8, 32)
      case .tiled: (.matmulTiled, 64, 64)
      }
    let bands = (kernel.m + rows - 1) / rows
    return DispatchPlan(
      .compiled(shader),
      specialization: [kernel.a.isTransposed ? 1 : 0, kernel.b.isTransposed ? 1 : 0], constants: constants,
      groups: (
        (kernel.n + columns - 1) / columns, min(bands, device.maximumGroups),
        (bands + device.maximumGroups - 1) / device.maximumGroups
      ))
  }
}
