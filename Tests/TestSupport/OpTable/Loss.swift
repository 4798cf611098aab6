import Tensors

extension OpTable {
  static let loss: [OpRow] = [
    OpRow(
      "softmaxCrossEntropy", "13 of 10", [.real([13, 10], from: -3, to: 3), .integers([13], 0..<10)],
      .elementary
    ) {
      softmaxCrossEntropy($0[0], $0[1])
    },
    OpRow(
      "softmaxCrossEntropy", "scores of ±10⁴", [.real([9, 7], from: -1e4, to: 1e4), .integers([9], 0..<7)],
      .elementary, gradient: false
    ) { softmaxCrossEntropy($0[0], $0[1]) },
    OpRow(
      "softmaxCrossEntropy", "a single class", [.real([5, 1], from: -1, to: 1), .integers([5], 0..<1)],
      .elementary
    ) {
      softmaxCrossEntropy($0[0], $0[1])
    },
    OpRow(
      "softmaxCrossEntropyGradient", "100 of 10",
      [.real([100, 10], from: -3, to: 3), .integers([100], 0..<10)],
      .elementary, gradient: false
    ) { gradients(of: softmaxCrossEntropy($0[0], $0[1]).mean(), at: [$0[0]])[0] },
  ]
}
