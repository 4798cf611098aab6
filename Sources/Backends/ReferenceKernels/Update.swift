import Programs
import Tensors

extension Reference {
  /// Sequential in the order of the values, so that the rounding is deterministic.
  static func scatterAdd<Scalar: ReferenceScalar & AdditiveArithmetic>(
    _ kernel: RowKernel, _: Scalar.Type, _ inputs: [BufferView], _ y: BufferView
  ) -> Work {
    let (values, numbers) = (inputs[0].pointer(to: Scalar.self), inputs[1].pointer(to: Int32.self))
    let y = y.pointer(to: Scalar.self)
    let length = kernel.rowLength
    return Work(extent: kernel.rows, grain: grain(length + kernel.count)) { rows in
      for row in rows {
        for j in 0..<length { y[row * length + j] = .zero }
        for i in 0..<kernel.count where min(max(Int(numbers[i]), 0), kernel.rows - 1) == row {
          for j in 0..<length { y[row * length + j] += values[i * length + j] }
        }
      }
    }
  }
}
