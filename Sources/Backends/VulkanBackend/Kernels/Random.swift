import Shaders
import Tensors

extension DispatchPlan {
  static func uniform(count: Int, stream: UInt32, on device: DeviceTraits) -> DispatchPlan {
    DispatchPlan(
      .compiled(.uniform), over: (count + 3) / 4, constants: [count, Int(stream)], iterations: 4, on: device)
  }

  static func shuffledBatch(batch: Int, count: Int, on device: DeviceTraits) -> DispatchPlan {
    DispatchPlan(
      .compiled(.shuffledBatch), over: batch,
      constants: [batch, count, Int(ShuffledOrder.halfBits(for: UInt32(count)))],
      // Six Feistel rounds, repeated by cycle walking, in at most three of four cases each.
      iterations: 6 * 64, on: device)
  }
}
