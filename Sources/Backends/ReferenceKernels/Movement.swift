import Programs
import Tensors

extension Reference {
  /// Row indices outside the table are clamped.
  static func gather(_ kernel: RowKernel, _ inputs: [BufferView], _ y: BufferView) -> Work {
    let rowBytes = kernel.rowLength * y.type.dtype.byteCount
    let (table, numbers, result) = (inputs[0].base, inputs[1].pointer(to: Int32.self), y.base)
    return Work(extent: kernel.count, grain: grain(rowBytes / 16)) { range in
      for i in range {
        let row = min(max(Int(numbers[i]), 0), kernel.rows - 1)
        (result + i * rowBytes).copyMemory(from: table + row * rowBytes, byteCount: rowBytes)
      }
    }
  }
}
