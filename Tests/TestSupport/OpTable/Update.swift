import Tensors

extension OpTable {
  static let update: [OpRow] = [
    OpRow(
      "scatterAdd", "rows of 6", [.real([17, 6], from: -1, to: 1), .integers([17], 0..<11)], .sum(of: 17)
    ) {
      scatterAdd($0[0], at: $0[1], rows: 11)
    },
    OpRow(
      "scatterAdd", "numbers out of range", [.real([7], from: -1, to: 1), .integers([7], -2..<6)], .sum(of: 7)
    ) {
      scatterAdd($0[0], at: $0[1], rows: 4)
    },
    OpRow(
      "scatterAdd", "in three groups", [.real([15, 2], from: -1, to: 1), .integers([15], 0..<12)],
      .sum(of: 5),
      gradient: false
    ) {
      Tensor.apply(.update(.scatterAdd(rows: 12, groups: 3)), to: [$0[0], $0[1]])
    },
    OpRow(
      "select", "replacing a row", [.real([5, 3], from: -1, to: 1), .real([3], from: -1, to: 1)], .exact
    ) {
      $0[0].replacing(row: Tensor(2, dtype: .int32), with: $0[1])
    },
  ]
}
