import Programs
import Shaders

extension DispatchPlan {
  static func matmul(_ kernel: MatMulKernel, isFloat64: Bool, on device: DeviceTraits) -> DispatchPlan {
    let product = MatrixProduct.matmul(kernel)
    let tile = device.tile(for: product, isFloat64: isFloat64)
    let shader: Shader =
      switch tile.form {
      case .direct: .matmulDirect
      case .subgroup: .matmulSubgroup
      case .directFloat64: .matmulDirectFloat64
      case .tiled: .matmulTiled
      }
    let (bands, across) = product.tiles(of: tile)
    return DispatchPlan(
      .compiled(shader),
      specialization: tile.specialization + [kernel.a.isTransposed ? 1 : 0, kernel.b.isTransposed ? 1 : 0],
      constants: kernel.constants,
      groups: (
        across, min(bands, device.maximumGroups), (bands + device.maximumGroups - 1) / device.maximumGroups
      ))
  }
}
