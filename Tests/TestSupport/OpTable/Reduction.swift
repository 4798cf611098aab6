import Tensors

extension OpTable {
  static let reduction: [OpRow] = [
    OpRow("sum", "of everything", [.real([13, 17], from: -1, to: 1)], .sum(of: 221)) { $0[0].sum() },
    OpRow("sum", "of many", [.real([50_021], from: -1, to: 1)], .sum(of: 50_021), gradient: false) {
      $0[0].sum()
    },
    OpRow("sum", "over rows", [.real([13, 17], from: -1, to: 1)], .sum(of: 13)) { $0[0].sum([0]) },
    OpRow("sum", "over columns", [.real([64, 96], from: -1, to: 1)], .sum(of: 96), gradient: false) {
      $0[0].sum([1])
    },
    OpRow("sum", "over columns, prime", [.real([7, 101], from: -1, to: 1)], .sum(of: 101)) {
      $0[0].sum([-1], keepingAxes: true)
    },
    OpRow("sum", "over outer axes", [.real([3, 5, 7, 2], from: -1, to: 1)], .sum(of: 42)) {
      $0[0].sum([0, 2, 3])
    },
    OpRow("sum", "of int32", [.integers([11, 3], -50..<50)], .exact, gradient: false) { $0[0].sum([0]) },
    OpRow("sum", "of many int32", [.integers([3, 1021], -50..<50)], .exact, gradient: false) {
      $0[0].sum([1])
    },
    OpRow("sum", "mean over the middle", [.real([3, 5, 7], from: -1, to: 1)], .sum(of: 5)) {
      $0[0].mean([1])
    },
    // Reductions that depend on reductions, of rows longer than several blocks.
    OpRow(
      "sum", "variance of rows, for each run", [.real([6, 1152], from: -1, to: 1)], .sum(of: 1152),
      gradient: false
    ) {
      let centred = $0[0] - $0[0].mean([1], keepingAxes: true)
      return (centred * centred).reshaped([6, 9, 128]).sum([2]) + centred.sum([1], keepingAxes: true)
    },
    // Each element contributes up to e times itself and twice itself besides: less than eight times in all.
    OpRow(
      "sum", "over columns, with numbers that stay the same for a run",
      [.real([5, 384], from: -1, to: 1), .real([5, 3, 1], from: -1, to: 1)], .sum(of: 8 * 384)
    ) {
      let runs = $0[0].reshaped([5, 3, 128])
      let spread = exp($0[1]) * runs + select(runs .< $0[1], $0[1], runs) * $0[1]
      return spread.reshaped([5, 384]).sum([1]) + (runs * $0[1]).sum([1, 2])
    },
    // Reductions along other axes than the reductions that their inputs depend on.
    OpRow(
      "sum", "over rows, of what has no mean in columns", [.real([70, 96], from: -1, to: 1)],
      .sum(of: 96 + 96 + 70 * 96)
    ) {
      let centred = $0[0] - $0[0].mean([0], keepingAxes: true)
      return (centred * $0[0]).sum([1]) + $0[0].sum([1]) + (centred * centred).sum()
    },
    OpRow(
      "sum", "over columns, of what has no mean in rows", [.real([70, 4100], from: -1, to: 1)],
      .sum(of: 70 + 70 + 4100),
      gradient: false
    ) {
      let centred = $0[0] - $0[0].mean([1], keepingAxes: true)
      return (centred * $0[0]).sum([0]) + $0[0].sum([0]) + (centred * centred).mean([1]).sum()
    },
    OpRow(
      "sum", "over the outer axes, of what has no mean in groups", [.real([5, 6, 7, 11], from: -1, to: 1)],
      .sum(of: 2 * 385 + 231)
    ) {
      let groups = $0[0].reshaped([5, 2, 3 * 77])
      let centred = (groups - groups.mean([2], keepingAxes: true)).reshaped([5, 6, 7, 11])
      return (centred * $0[0]).sum([0, 2, 3]) + $0[0].sum([0, 2, 3])
    },
    OpRow("max", "over rows", [.distinct([13, 17])], .exact) { $0[0].max([0]) },
    OpRow("max", "over columns", [.distinct([13, 17])], .exact) { $0[0].max([1]) },
    OpRow("max", "of int32", [.integers([11, 7], -50..<50)], .exact, gradient: false) { $0[0].max([1]) },
    OpRow("argmax", "of each row", [.distinct([13, 10])], .exact, gradient: false) { $0[0].argmax() },
    OpRow("argmax", "ties go to the first", [.integers([19, 6], 0..<2)], .exact, gradient: false) {
      $0[0].argmax()
    },
  ]
}
