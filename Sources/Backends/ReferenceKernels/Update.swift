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
    let (groupRows, groupCount) = (kernel.rowsPerGroup, kernel.countPerGroup)
    // Each part looks through all values of its groups, so that few large parts are best.
    let least = max(grain(length), groupCount / max(length, 1))
    return Work(extent: kernel.rows, grain: least) { rows in
      for j in rows.lowerBound * length..<rows.upperBound * length { y[j] = .zero }
      guard let last = rows.last else { return }
      for group in rows.lowerBound / groupRows...last / groupRows {
        let first = group * groupRows
        for i in group * groupCount..<(group + 1) * groupCount {
          let row = min(max(Int(numbers[i]), first), first + groupRows - 1)
          guard rows.contains(row) else { continue }
          for j in 0..<length { y[row * length + j] += values[i * length + j] }
        }
      }
    }
  }
}
