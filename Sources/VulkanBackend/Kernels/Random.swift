import Shaders
import Tensors

extension DispatchPlan {
  static func uniform(count: Int, stream: UInt32, on device: DeviceTraits) -> DispatchPlan {
    DispatchPlan(.compiled(.uniform), over: (count + 3) / 4, constants: [count, Int(stream)], on: device)
  }

  static func shuffledBatch(batch: Int, count: Int, on device: DeviceTraits) -> DispatchPlan {
    DispatchPlan(
      .compiled(.shuffledBatch), over: batch,
      constants: [batch, count, Int(ShuffledOrder.halfBits(for: UInt32(count)))], on: device)
  }
}
