import Programs
import Shaders
import Tensors

extension DispatchPlan {
  static func pooling(_ kernel: PoolingKernel, isFloat64: Bool, on device: DeviceTraits) -> DispatchPlan {
    let z = kernel
    let shader: Shader =
      switch z.step {
      case .place: isFloat64 ? .maxPool2DPlaceFloat64 : .maxPool2DPlace
      case .pick: isFloat64 ? .maxPool2DPickFloat64 : .maxPool2DPick
      case .gradient: isFloat64 ? .maxPool2DGradientFloat64 : .maxPool2DGradient
      }
    let results = z.planes * z.p * z.q
    let invocations =
      switch z.step {
      case .place: (results + 3) / 4
      case .pick: results
      case .gradient: z.planes * z.h * z.w
      }
    return DispatchPlan(
      .compiled(shader), over: invocations,
      constants: [z.planes, z.h, z.w, z.r, z.s, z.p, z.q] + z.geometry.constants,
      iterations: 4 * kernel.iterations,
      on: device)
  }
}

extension WindowGeometry {
  /// The order of the shaders' push constants: strides, padding above and to the left, dilations.
  var constants: [Int] { stride + [padding[0], padding[2]] + dilation }
}
