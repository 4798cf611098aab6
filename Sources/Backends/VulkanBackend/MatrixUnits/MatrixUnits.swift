import Programs
import Tensors

/// The products a device computes on its matrix units, with operands of reduced precision.
///
/// Such a product is a dispatch of its own that writes float32 sums; its epilogue is the next dispatch.
struct MatrixUnits: Hashable, Sendable {
  /// The precisions of operands that the units support.
  var precisions: Set<Precision>

  /// The least number of operations for which it pays; smaller products are better fused with their epilogue.
  ///
  /// An estimate: at this size an ordinary product takes some microseconds, about as long as another
  /// dispatch.
  var leastFlops: Int

  /// Products measured to be faster on ordinary units.
  var slower: Set<Kernel> = []

  init(precisions: Set<Precision>, leastFlops: Int = 100_000_000) {
    (self.precisions, self.leastFlops) = (precisions, leastFlops)
  }

  /// True if a kernel, or the product it is a split-K part of, runs on matrix units.
  ///
  /// Excludes shapes that would mostly multiply padding.
  func multiply(_ kernel: Kernel) -> Bool {
    guard !slower.contains(kernel.product) else { return false }
    switch kernel.product {
    case .matmul(let product):
      return fit(product.m, product.n, product.k, times: 1, product.precision)
    case .convolution(let product):
      let matrix = product.wholeMatrix
      return fit(matrix.rows, matrix.columns, matrix.depth, times: product.groups, product.precision)
    default: return false
    }
  }

  private func fit(
    _ rows: Int, _ columns: Int, _ depth: Int, times count: Int, _ precision: Precision
  ) -> Bool {
    precisions.contains(precision) && min(rows, columns, depth) >= 16
      && 2 * rows * columns * depth * count >= leastFlops
  }
}
