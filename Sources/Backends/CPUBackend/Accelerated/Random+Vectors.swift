import CKernels
import Programs
import ReferenceKernels
import Tensors

extension Accelerated {
  /// Fast because many Philox blocks are computed in vector lanes.
  static func uniform(count: Int, stream: UInt32, _ inputs: [BufferView], _ y: BufferView) -> Work {
    let y = y.pointer(to: Float.self)
    // Keys and counters are the bits of an int32.
    let (key, counter) = (
      inputs[0].base.assumingMemoryBound(to: UInt32.self),
      inputs[1].base.assumingMemoryBound(to: UInt32.self)
    )
    return Work(extent: (count + 3) / 4, grain: 4096) { blocks in
      lemnos_uniform(
        key, counter.pointee, stream, Int64(blocks.lowerBound), Int64(blocks.upperBound), Int64(count), y)
    }
  }
}
