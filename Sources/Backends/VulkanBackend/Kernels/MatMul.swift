import Programs
import Shaders

extension DispatchPlan {
  /// - Parameter parts: the number of split-K parts, one after another in the result.
  static func matmul(
    _ kernel: MatMulKernel, parts: Int = 1, isFloat64: Bool, on device: DeviceTraits
  ) -> DispatchPlan {
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
    let (count, step) = (bands * parts, product.depthStep(parts: parts))
    return DispatchPlan(
      .compiled(shader),
      specialization: tile.specialization + [kernel.a.isTransposed ? 1 : 0, kernel.b.isTransposed ? 1 : 0],
      constants: kernel.constants + [step, parts],
      groups: (
        across, min(count, device.maximumGroups), (count + device.maximumGroups - 1) / device.maximumGroups
      ), iterations: product.iterations(parts: parts, tile), subgroupSize: device.subgroupSize(for: tile))
  }
}
