import Programs
import Shaders

extension DispatchPlan {
  static func convolution(_ kernel: ConvolutionKernel, isFloat64: Bool, on device: DeviceTraits)
    -> DispatchPlan
  {
    let z = kernel
    let (rows, columns) =
      switch z.pass {
      case .forward: (z.filtersPerGroup, z.n * z.p * z.q)
      case .inputGradient: (z.channelsPerGroup, z.n * z.h * z.w)
      case .weightGradient: (z.filtersPerGroup, z.channelsPerGroup * z.r * z.s)
      }
    let form = MatrixForm(isFloat64: isFloat64, on: device)
    let shader: Shader =
      switch (z.pass, form) {
      case (.forward, .direct): .conv2DDirect
      case (.inputGradient, .direct): .conv2DInputGradientDirect
      case (.weightGradient, .direct): .conv2DWeightGradientDirect
      case (.forward, .directFloat64): .conv2DDirectFloat64
      case (.inputGradient, .directFloat64): .conv2DInputGradientDirectFloat64
      case (.weightGradient, .directFloat64): .conv2DWeightGradientDirectFloat64
      case (.forward, .tiled): .conv2DTiled
      case (.inputGradient, .tiled): .conv2DInputGradientTiled
      case (.weightGradient, .tiled): .conv2DWeightGradientTiled
      }
    let (height, width) = form == .tiled ? (64, 64) : (8, 64)
    let across = device.folded((columns + width - 1) / width)
    return DispatchPlan(
      .compiled(shader),
      constants: [z.n, z.c, z.h, z.w, z.k, z.r, z.s, z.p, z.q, z.groups] + z.geometry.constants,
      groups: (across.x, (rows + height - 1) / height, across.y * z.groups))
  }
}
