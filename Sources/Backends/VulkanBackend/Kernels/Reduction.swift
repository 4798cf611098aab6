import Programs
import Shaders
import Tensors

extension DispatchPlan {
  /// - Parameter parts: the number of parts of the reduced axis, one after another in the result.
  static func reduction(
    _ kernel: ReductionKernel, parts: Int = 1, _ dtype: DType, on device: DeviceTraits
  ) -> DispatchPlan {
    let results = kernel.outer * kernel.inner * parts
    let length = (kernel.reduced + parts - 1) / parts
    let constants = [kernel.outer, kernel.reduced, kernel.inner, length, parts]
    // A workgroup per result pays where one invocation would sum for long while others idle.
    if kernel.kind == .sum, length >= 512 {
      let tree = Shader.of(dtype, .sumTreeFloat, .sumTreeFloat64, .sumTreeInt)
      return DispatchPlan(
        .compiled(tree), constants: constants, groups: device.folded(results), iterations: (length + 63) / 64)
    }
    let shader =
      switch kernel.kind {
      case .sum: Shader.of(dtype, .sumFloat, .sumFloat64, .sumInt)
      case .max: Shader.of(dtype, .maxFloat, .maxFloat64, .maxInt)
      case .argmax: Shader.of(dtype, .argmaxFloat, .argmaxFloat64, .argmaxInt)
      }
    return DispatchPlan(
      .compiled(shader), over: results, constants: constants, iterations: length, on: device)
  }

  /// - Parameter parts: the number of parts of the reduced axis, each with a known argmax.
  static func argmaxOfParts(
    _ kernel: ReductionKernel, parts: Int, _ dtype: DType, on device: DeviceTraits
  ) -> DispatchPlan {
    DispatchPlan(
      .compiled(Shader.of(dtype, .argmaxOfPartsFloat, .argmaxOfPartsFloat64, .argmaxOfPartsInt)),
      over: kernel.outer * kernel.inner, constants: [kernel.outer, kernel.reduced, kernel.inner, parts],
      iterations: parts, on: device)
  }
}

extension Shader {
  /// The variant for an element type.
  fileprivate static func of(_ dtype: DType, _ float: Shader, _ float64: Shader, _ int: Shader) -> Shader {
    switch dtype {
    case .float32: float
    case .float64: float64
    case .int32: int
    case .float16, .bfloat16, .int64, .uint8, .bool:
      preconditionFailure("\(dtype) is cast before it is reduced")
    }
  }
}
