package import Tensors

/// Which products a device computes by its matrix units, of operands in a narrow format, and not by ordinary arithmetic.
///
/// Such a product is a dispatch of its own, which writes raw sums in float32; what is done to its results comes in the next.
package struct MatrixUnits: Hashable, Sendable {
  /// The formats to which such a product's operands are rounded.
  package var precisions: Set<Precision>

  /// Operations from which on it pays; less is better done together with what follows.
  ///
  /// An estimate: at this size an ordinary product takes some microseconds, as long as another dispatch.
  package var leastFlops: Int

  /// Products that were found faster by ordinary arithmetic.
  package var slower: Set<Kernel> = []

  package init(precisions: Set<Precision>, leastFlops: Int = 100_000_000) {
    (self.precisions, self.leastFlops) = (precisions, leastFlops)
  }

  /// Whether a kernel, or the product that it computes parts of, is one of them.
  ///
  /// Not where most of a unit would be multiplied with nothing.
  package func multiply(_ kernel: Kernel) -> Bool {
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
