import Programs
import Shaders
import Tensors

extension DispatchPlan {
  static func reduction(_ kernel: ReductionKernel, _ dtype: DType, on device: DeviceTraits) -> DispatchPlan {
    let results = kernel.outer * kernel.inner
    let constants = [kernel.outer, kernel.reduced, kernel.inner]
    // A workgroup for each result pays once one invocation would add for long while others idle.
    if kernel.kind == .sum, kernel.reduced >= 512 {
      let tree = Shader.of(dtype, .sumTreeFloat, .sumTreeFloat64, .sumTreeInt)
      return DispatchPlan(.compiled(tree), constants: constants, groups: device.folded(results))
    }
    let shader =
      switch kernel.kind {
      case .sum: Shader.of(dtype, .sumFloat, .sumFloat64, .sumInt)
      case .max: Shader.of(dtype, .maxFloat, .maxFloat64, .maxInt)
      case .argmax: Shader.of(dtype, .argmaxFloat, .argmaxFloat64, .argmaxInt)
      }
    return DispatchPlan(.compiled(shader), over: results, constants: constants, on: device)
  }
}

extension Shader {
  /// The variant for elements of a type.
  fileprivate static func of(_ dtype: DType, _ float: Shader, _ float64: Shader, _ int: Shader) -> Shader {
    switch dtype {
    case .float32: float
    case .float64: float64
    case .int32, .uint8: int
    }
  }
}
