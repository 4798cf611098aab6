import CKernels
import Programs
import ReferenceKernels
import Tensors

extension Accelerated {
  /// Fast because sixteen partial sums, or all columns, are accumulated in parallel.
  static func reduction(_ kernel: ReductionKernel, _ x: BufferView, _ y: BufferView) -> Work? {
    guard kernel.kind == .sum, x.type.dtype == .float32 else { return nil }
    let (x, y) = (x.pointer(to: Float.self), y.pointer(to: Float.self))
    let (outer, reduced, inner) = (Int64(kernel.outer), Int64(kernel.reduced), Int64(kernel.inner))
    guard kernel.inner != 1 else {
      return Work(extent: kernel.outer, grain: max(1, 32_768 / max(kernel.reduced, 1))) { rows in
        lemnos_sum_rows(x, y, reduced, Int64(rows.lowerBound), Int64(rows.upperBound))
      }
    }
    let perColumn = max(kernel.outer * kernel.reduced, 1)
    return Work(extent: kernel.inner, grain: max(16, 32_768 / perColumn)) { columns in
      lemnos_sum_columns(x, y, outer, reduced, inner, Int64(columns.lowerBound), Int64(columns.upperBound))
    }
  }
}
