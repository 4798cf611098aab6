import Shaders

extension DispatchPlan {
  static func softmaxCrossEntropy(rows: Int, classes: Int, on device: DeviceTraits) -> DispatchPlan {
    DispatchPlan(.compiled(.softmaxCrossEntropy), over: rows, constants: [rows, classes], on: device)
  }

  static func softmaxCrossEntropyGradient(rows: Int, classes: Int, on device: DeviceTraits) -> DispatchPlan {
    DispatchPlan(.compiled(.softmaxCrossEntropyGradient), over: rows, constants: [rows, classes], on: device)
  }
}
