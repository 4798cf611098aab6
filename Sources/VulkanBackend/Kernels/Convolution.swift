import Programs
import Shaders

extension DispatchPlan {
  static func convolution(_ kernel: ConvolutionKernel, isFloat64: Bool, on device: DeviceTraits)
    -> DispatchPlan
  {
    let (rows, columns, _) = kernel.matrix
    let form = MatrixForm(isFloat64: isFloat64, on: device)
    let shader: Shader =
      switch (kernel.pass, form) {
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
    let (height, width) = form.convolutionTile
    let across = device.folded((columns + width - 1) / width)
    return DispatchPlan(
      .compiled(shader),
      constants: kernel.constants,
      groups: (across.x, (rows + height - 1) / height, across.y * kernel.groups))
  }
}
