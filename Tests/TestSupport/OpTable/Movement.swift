import Tensors

extension OpTable {
  private static let numbers = OpRow.Input.real([4, 5, 6], from: -1, to: 1)

  static let movement: [OpRow] = [
    OpRow("reshape", "4×5×6 to 8×15", [numbers], .exact) { $0[0].reshaped([8, 15]) },
    OpRow("transpose", "4×5×6", [numbers], .exact) { $0[0].transposed([2, 0, 1]) },
    // Blocks of four by four elements, and partial blocks at both edges.
    OpRow("transpose", "3×37 of each image", [.distinct([3, 3, 37])], .exact) {
      $0[0].transposed([0, 2, 1])
    },
    OpRow("transpose", "38×3 of each image", [.distinct([3, 38, 3])], .exact) {
      $0[0].transposed([0, 2, 1])
    },
    OpRow("transpose", "2×5 of each image", [.distinct([3, 2, 5])], .exact) { $0[0].transposed([0, 2, 1]) },
    OpRow("transpose", "35×70 of each image", [.distinct([2, 35, 70])], .exact, gradient: false) {
      $0[0].transposed([0, 2, 1])
    },
    OpRow("transpose", "then reshaped", [numbers], .exact) {
      $0[0].transposed([1, 0, 2]).reshaped([20, 6])
    },
    OpRow("slice", "4×5×6", [numbers], .exact) { $0[0].sliced(from: [1, 0, 2], [2, 5, 3]) },
    OpRow("pad", "4×5×6", [numbers], .exact) { $0[0].padded(before: [1, 0, 2], after: [0, 3, 1]) },
    OpRow("pad", "of a slice, transposed, then sliced", [numbers], .exact) {
      $0[0].sliced(from: [1, 1, 1], [3, 3, 3]).padded(before: [2, 0, 1], after: [0, 1, 0]).transposed([
        2, 1, 0,
      ])
      .sliced(from: [0, 1, 1], [3, 3, 3])
    },
    OpRow("pad", "reshaped", [.real([3, 1, 5], from: -1, to: 1)], .exact) {
      $0[0].padded(before: [1, 0, 1], after: [1, 0, 1]).reshaped([5, 7]) * 2
    },
    OpRow("pad", "of ones", [.real([2], from: -1, to: 1)], .sum(of: 2)) {
      Tensor.full([2], 1, dtype: $0[0].dtype).padded(before: [1], after: [1]) * $0[0].sum()
    },
    OpRow("broadcast", "5×1 to 3×5×7", [.real([5, 1], from: -1, to: 1)], .exact) {
      $0[0].broadcast(to: [3, 5, 7])
    },
    OpRow("gather", "rows of 6", [.real([11, 6], from: -1, to: 1), .integers([17], 0..<11)], .exact) {
      $0[0].gathered(at: $0[1])
    },
    OpRow(
      "gather", "bytes, numbers out of range", [.bytes([5, 3, 7]), .integers([9], -2..<8)], .exact,
      gradient: false
    ) {
      $0[0].gathered(at: $0[1])
    },
    OpRow("gather", "scalars", [.integers([7], 0..<100), .integers([5], 0..<7)], .exact, gradient: false) {
      $0[0].gathered(at: $0[1])
    },
  ]
}
