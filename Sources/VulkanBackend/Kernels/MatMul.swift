import Programs
import Shaders

extension DispatchPlan {
  static func matmul(_ kernel: MatMulKernel, isFloat64: Bool, on device: DeviceTraits) -> DispatchPlan {
    let form = MatrixForm(isFloat64: isFloat64, on: device)
    let shader: Shader =
      switch form {
      case .direct: kernel.isLarge ? .matmulDirectLarge : .matmulDirect
      case .directFloat64: .matmulDirectFloat64
      case .tiled: .matmulTiled
      }
    let (rows, columns) = form.tile(of: kernel)
    let bands = (kernel.m + rows - 1) / rows
    return DispatchPlan(
      .compiled(shader),
      specialization: [kernel.a.isTransposed ? 1 : 0, kernel.b.isTransposed ? 1 : 0],
      constants: kernel.constants,
      groups: (
        (kernel.n + columns - 1) / columns, min(bands, device.maximumGroups),
        (bands + device.maximumGroups - 1) / device.maximumGroups
      ))
  }
}
