import Shaders

extension DispatchPlan {
  static func softmaxCrossEntropy(
    rows: Int, classes: Int, isFloat64: Bool, on device: DeviceTraits
  ) -> DispatchPlan {
    DispatchPlan(
      .compiled(isFloat64 ? .softmaxCrossEntropyFloat64 : .softmaxCrossEntropy), over: rows,
      constants: [rows, classes], on: device)
  }

  static func softmaxCrossEntropyGradient(
    rows: Int, classes: Int, isFloat64: Bool, on device: DeviceTraits
  ) -> DispatchPlan {
    DispatchPlan(
      .compiled(isFloat64 ? .softmaxCrossEntropyGradientFloat64 : .softmaxCrossEntropyGradient), over: rows,
      constants: [rows, classes], on: device)
  }
}
