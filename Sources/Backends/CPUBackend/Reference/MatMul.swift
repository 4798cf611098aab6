import Programs
import Tensors

extension Reference {
  // a[m, k] · b[k, n] → y[m, n], one dot product after another.
  static func matmul<Scalar: ReferenceScalar>(
    _ kernel: MatMulKernel, _: Scalar.Type, _ inputs: [Place], _ y: Place
  ) -> Work {
    let a = inputs[0].pointer(to: Scalar.self) + kernel.a.offset
    let b = inputs[1].pointer(to: Scalar.self) + kernel.b.offset
    let y = y.pointer(to: Scalar.self)
    let (n, k) = (kernel.n, kernel.k)
    let (aDown, aAcross) = kernel.a.isTransposed ? (1, kernel.a.stride) : (kernel.a.stride, 1)
    let (bDown, bAcross) = kernel.b.isTransposed ? (1, kernel.b.stride) : (kernel.b.stride, 1)
    return Work(extent: kernel.m, grain: grain(n * k)) { rows in
      for i in rows {
        for j in 0..<n {
          var total = 0.0
          for l in 0..<k { total += a[i * aDown + l * aAcross].number * b[l * bDown + j * bAcross].number }
          y[i * n + j] = Scalar(total)
        }
      }
    }
  }
}
