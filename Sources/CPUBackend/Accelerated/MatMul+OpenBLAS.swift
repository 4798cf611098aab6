import Programs
import Tensors

#if OPENBLAS
import CBLAS

extension Accelerated {
  /// OpenBLAS, one thread to a call: our own threads each take a band of the longer side of the result.
  static func matmul(_ kernel: MatMulKernel, _ inputs: [Place], _ y: Place) -> Work? {
    guard y.type.dtype == .float32, min(kernel.m, kernel.n, kernel.k) > 0 else { return nil }
    useOneThreadPerCall()
    let a = inputs[0].pointer(to: Float.self) + kernel.a.offset
    let b = inputs[1].pointer(to: Float.self) + kernel.b.offset
    let y = y.pointer(to: Float.self)
    let (m, n, k) = (kernel.m, kernel.n, kernel.k)
    let byRows = m >= n
    let perUnit = 2 * k * (byRows ? n : m)
    return Work(extent: byRows ? m : n, grain: max(8, 200_000 / max(perUnit, 1))) { band in
      let rows = byRows ? band : 0..<m
      let columns = byRows ? 0..<n : band
      let aStart = rows.lowerBound * (kernel.a.isTransposed ? 1 : kernel.a.stride)
      let bStart = columns.lowerBound * (kernel.b.isTransposed ? kernel.b.stride : 1)
      cblas_sgemm(
        CblasRowMajor, kernel.a.isTransposed ? CblasTrans : CblasNoTrans,
        kernel.b.isTransposed ? CblasTrans : CblasNoTrans, Int32(rows.count), Int32(columns.count), Int32(k),
        1,
        a + aStart, Int32(kernel.a.stride), b + bStart, Int32(kernel.b.stride), 0,
        y + rows.lowerBound * n + columns.lowerBound, Int32(n))
    }
  }

  /// Leaves the cores to our own threads: two pools would fight over them.
  static func useOneThreadPerCall() { _ = onlyOurThreads }

  private static let onlyOurThreads: Void = openblas_set_num_threads(1)
}
#else
extension Accelerated {
  /// Built without OpenBLAS.
  static func matmul(_ kernel: MatMulKernel, _ inputs: [Place], _ y: Place) -> Work? { nil }
}
#endif
