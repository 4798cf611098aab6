import Programs
import Shaders

extension DispatchPlan {
  static func softmaxCrossEntropy(
    rows: Int, classes: Int, isFloat64: Bool, on device: DeviceTraits
  ) -> DispatchPlan {
    softmax(
      isFloat64 ? .softmaxCrossEntropyFloat64 : .softmaxCrossEntropy, rows, classes, passes: 2, on: device)
  }

  static func softmaxCrossEntropyGradient(
    rows: Int, classes: Int, isFloat64: Bool, on device: DeviceTraits
  ) -> DispatchPlan {
    softmax(
      isFloat64 ? .softmaxCrossEntropyGradientFloat64 : .softmaxCrossEntropyGradient, rows, classes,
      passes: 3,
      on: device)
  }

  /// As few lanes per row as the loop limit allows: on CPU drivers each barrier costs.
  private static func softmax(
    _ shader: Shader, _ rows: Int, _ classes: Int, passes: Int, on device: DeviceTraits
  ) -> DispatchPlan {
    var lanes = device.isSoftware ? 1 : 32
    while lanes < device.groupSize, passes * classes / lanes >= LoopLimit.perInvocation / 4 { lanes *= 2 }
    let rowsEach = device.groupSize / lanes
    return DispatchPlan(
      .compiled(shader), specialization: [UInt32(device.groupSize), UInt32(lanes)],
      constants: [rows, classes], groups: device.folded((rows + rowsEach - 1) / rowsEach),
      iterations: passes * ((classes + lanes - 1) / lanes))
  }
}
