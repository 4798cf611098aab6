import Programs
import Shaders
import Tensors

extension DispatchPlan {
  static func reduction(_ kernel: ReductionKernel, _ dtype: DType, on device: DeviceTraits) -> DispatchPlan {
    let results = kernel.outer * kernel.inner
    let constants = [kernel.outer, kernel.reduced, kernel.inner]
    let isFloat = dtype == .float32
    // A workgroup for each result pays once one invocation would add for long while others idle.
    if kernel.kind == .sum, kernel.reduced >= 512 {
      return DispatchPlan(
        .compiled(isFloat ? .sumTreeFloat : .sumTreeInt), constants: constants, groups: device.folded(results)
      )
    }
    let shader: Shader =
      switch kernel.kind {
      case .sum: isFloat ? .sumFloat : .sumInt
      case .max: isFloat ? .maxFloat : .maxInt
      case .argmax: isFloat ? .argmaxFloat : .argmaxInt
      }
    return DispatchPlan(.compiled(shader), over: results, constants: constants, on: device)
  }
}
