import Lemnos

extension OperationCase {
  /// Matrix products: of dense layers, in the forms of the forward pass and of both gradients, and a large one.
  static var products: [OperationCase] {
    [(1024, 1024, 1024), (100, 3072, 100), (50, 8192, 500), (100, 100, 100), (50, 100, 10)].flatMap {
      (m, k, n) in
      let (x, w, dy) = (input("x", [m, k]), input("w", [k, n]), input("dy", [m, n]))
      return [
        OperationCase("matmul \(sizes([m, k, n]))", inputs: [x, w], results: [matmul(x.value, w.value)]),
        OperationCase(
          "matmul \(sizes([k, m, n])), left transposed", inputs: [x, dy],
          results: [matmul(x.value.transposed(), dy.value)]),
        OperationCase(
          "matmul \(sizes([m, n, k])), right transposed", inputs: [dy, w],
          results: [matmul(dy.value, w.value.transposed())]),
      ]
    }
  }
}
