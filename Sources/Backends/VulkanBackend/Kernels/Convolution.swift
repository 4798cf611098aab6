import Programs
import Shaders

extension DispatchPlan {
  /// - Parameter parts: the number of split-K parts, one after another in the result.
  static func convolution(
    _ kernel: ConvolutionKernel, parts: Int = 1, isFloat64: Bool, on device: DeviceTraits
  ) -> DispatchPlan {
    let product = MatrixProduct.convolution(kernel)
    let tile = device.tile(for: product, isFloat64: isFloat64)
    let shader: Shader =
      switch (kernel.pass, tile.form) {
      case (.forward, .direct): .conv2DDirect
      case (.inputGradient, .direct): .conv2DInputGradientDirect
      case (.weightGradient, .direct): .conv2DWeightGradientDirect
      case (.forward, .subgroup): .conv2DSubgroup
      case (.inputGradient, .subgroup): .conv2DInputGradientSubgroup
      case (.weightGradient, .subgroup): .conv2DWeightGradientSubgroup
      case (.forward, .directFloat64): .conv2DDirectFloat64
      case (.inputGradient, .directFloat64): .conv2DInputGradientDirectFloat64
      case (.weightGradient, .directFloat64): .conv2DWeightGradientDirectFloat64
      case (.forward, .tiled): .conv2DTiled
      case (.inputGradient, .tiled): .conv2DInputGradientTiled
      case (.weightGradient, .tiled): .conv2DWeightGradientTiled
      }
    let tiles = product.tiles(of: tile)
    let across = device.folded(tiles.across * kernel.phaseCount)
    return DispatchPlan(
      .compiled(shader), specialization: tile.specialization,
      constants: kernel.constants + [product.depthStep(parts: parts), parts],
      groups: (across.x, tiles.down, across.y * kernel.groups * parts),
      iterations: product.iterations(parts: parts, tile), subgroupSize: device.subgroupSize(for: tile))
  }
}
