package import Programs

extension Reference {
  /// One element of a matrix product in float64, and the sum of the magnitudes of its terms.
  ///
  /// - Parameter index: of the element in the row-major result.
  package static func element(_ index: Int, of kernel: MatMulKernel, _ a: [Float], _ b: [Float])
    -> (value: Double, magnitude: Double)
  {
    element(index, of: MatMulTerms(kernel), a, b)
  }
}

/// y[i, j] = Σ_l a[i, l] · b[l, j].
struct MatMulTerms: ProductTerms {
  private let kernel: MatMulKernel
  private let a: (offset: Int, down: Int, across: Int)
  private let b: (offset: Int, down: Int, across: Int)

  init(_ kernel: MatMulKernel) {
    self.kernel = kernel
    (a, b) = (MatMulTerms.strides(kernel.a), MatMulTerms.strides(kernel.b))
  }

  /// The first element, and the elements between rows and between columns.
  private static func strides(_ layout: MatrixLayout) -> (offset: Int, down: Int, across: Int) {
    layout.isTransposed ? (layout.offset, 1, layout.stride) : (layout.offset, layout.stride, 1)
  }

  var resultCount: Int { kernel.m * kernel.n }
  var termCount: Int { kernel.k }

  func address(of result: Int) -> Int { result }

  @inline(__always)
  func forEachTerm(of result: Int, _ body: (_ first: Int, _ second: Int) -> Void) {
    let (i, j) = (result / kernel.n, result % kernel.n)
    let (first, second) = (a.offset + i * a.down, b.offset + j * b.across)
    for l in 0..<kernel.k { body(first + l * a.across, second + l * b.down) }
  }
}
