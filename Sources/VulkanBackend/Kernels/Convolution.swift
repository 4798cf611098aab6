import Programs
import Shaders

extension DispatchPlan {
  static func convolution(_ kernel: ConvolutionKernel, on device: DeviceTraits) -> DispatchPlan {
    let z = kernel
    let (rows, columns) =
      switch z.pass {
      case .forward: (z.filtersPerGroup, z.n * z.p * z.q)
      case .inputGradient: (z.channelsPerGroup, z.n * z.h * z.w)
      case .weightGradient: (z.filtersPerGroup, z.channelsPerGroup * z.r * z.s)
      }
    let shader: Shader =
      switch (z.pass, device.isSoftware) {
      case (.forward, true): .conv2DDirect
      case (.inputGradient, true): .conv2DInputGradientDirect
      case (.weightGradient, true): .conv2DWeightGradientDirect
      case (.forward, false): .conv2DTiled
      case (.inputGradient, false): .conv2DInputGradientTiled
      case (.weightGradient, false): .conv2DWeightGradientTiled
      }
    let tile = device.isSoftware ? 8 : 64
    let across = device.folded((columns + tile - 1) / tile)
    return DispatchPlan(
      .compiled(shader),
      constants: [z.n, z.c, z.h, z.w, z.k, z.r, z.s, z.p, z.q, z.groups] + z.geometry.constants,
      groups: (across.x, (rows + tile - 1) / tile, across.y * z.groups))
  }
}
