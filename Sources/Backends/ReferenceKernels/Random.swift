import Programs
import Tensors

extension Reference {
  static func uniform(count: Int, stream: UInt32, _ inputs: [BufferView], _ y: BufferView) -> Work {
    let y = y.pointer(to: Float.self)
    return Work(extent: (count + 3) / 4, grain: grain(40)) { blocks in
      let philox = Philox(
        key: [word(inputs[0], 0), word(inputs[0], 1)], counter: word(inputs[1], 0), stream: stream)
      for block in blocks {
        let words = philox.words(block: UInt32(block))
        for lane in 0..<min(4, count - 4 * block) { y[4 * block + lane] = Philox.uniform(words[lane]) }
      }
    }
  }

  static func shuffledBatch(batch: Int, count: Int, _ inputs: [BufferView], _ y: BufferView) -> Work {
    let y = y.pointer(to: Int32.self)
    let batches = UInt32(count / batch)
    return Work(extent: batch, grain: grain(100)) { range in
      let (epoch, number) = word(inputs[1], 0).quotientAndRemainder(dividingBy: batches)
      let order = ShuffledOrder(
        count: UInt32(count), key: [word(inputs[0], 0), word(inputs[0], 1)], epoch: epoch)
      for i in range { y[i] = Int32(order.number(at: number * UInt32(batch) + UInt32(i))) }
    }
  }
}

/// Keys and counters are the bits of an int32.
private func word(_ place: BufferView, _ index: Int) -> UInt32 {
  UInt32(bitPattern: place.pointer(to: Int32.self)[index])
}
