import CPUBackend
import Programs
import Tensors

#if OPENBLAS
import CBLAS
#endif

/// The matrix product on the CPU backend beside OpenBLAS called directly, with as many threads, in turn.
func benchmarkMatMul(size: Int) throws {
  let shape: Shape = [size, size]
  let a = State("a", shape, role: .data, initial: .normal(standardDeviation: 1))
  let b = State("b", shape, role: .data, initial: .normal(standardDeviation: 1))
  let backend = CPUBackend()
  let product = try backend.compile(Program("matmul", outputs: [("y", matmul(a.value, b.value))]))
  let gflop = 2 * Double(size) * Double(size) * Double(size) / 1e9
  #if OPENBLAS
  let left: [Float] = try backend.read(a).elements()
  let right: [Float] = try backend.read(b).elements()
  var result = [Float](repeating: 0, count: size * size)
  let threads = openblas_get_num_procs()
  let n = Int32(size)
  let (ours, direct) = try Timing.alternating(rounds: 30, pause: .milliseconds(60)) {
    openblas_set_num_threads(1)
    try product.run(steps: 1)
  } _: {
    openblas_set_num_threads(threads)
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, left, n, right, n, 0, &result, n)
  }
  openblas_set_num_threads(1)
  print(
    "matmul \(size)³  CPU backend \(text(ours.median)) (\(rounded(gflop / ours.median)) GFLOP/s)  OpenBLAS, \(threads) threads, "
      + "\(text(direct.median)) (\(rounded(gflop / direct.median)) GFLOP/s)  ratio \(rounded(direct.median / ours.median))"
  )
  #else
  let ours = try Timing { try product.run(steps: 1) }
  print(
    "matmul \(size)³  CPU backend, without OpenBLAS, \(text(ours.median)) (\(rounded(gflop / ours.median)) GFLOP/s)"
  )
  #endif
}
