import Tensors

extension OpTable {
  private static let scores = OpRow.Input.real([5, 7, 3], from: -4, to: 4)

  private static let edges = OpRow.Input.values(
    TensorValues([3, .nan, -.infinity, .infinity, 0, -0, .nan, 3, .infinity, 1] as [Float], shape: [2, 5]))

  /// Operations that are made of others: what users call, on every backend and with its gradient.
  static let composite: [OpRow] = [
    OpRow("softmax", "last axis", [scores], .elementary) { softmax($0[0]) },
    OpRow("softmax", "middle axis", [scores], .elementary) { softmax($0[0], axis: 1) },
    OpRow("softmax", "large scores", [.real([4, 6], from: -400, to: 400)], .absolute(1e-4), gradient: false) {
      softmax($0[0])
    },
    OpRow("logSoftmax", "first axis", [scores], .absolute(4e-6)) { logSoftmax($0[0], axis: 0) },
    OpRow("logSumExp", "last axis", [scores], .absolute(4e-6)) { logSumExp($0[0]) },
    OpRow(
      "concatenate", "three along the middle",
      [
        .real([2, 3, 5], from: -1, to: 1), .real([2, 1, 5], from: -1, to: 1),
        .real([2, 4, 5], from: -1, to: 1),
      ],
      .exact
    ) { concatenate($0, axis: 1) },
    OpRow("concatenate", "bytes", [.bytes([3, 5]), .bytes([3, 2])], .exact, gradient: false) {
      concatenate($0, axis: -1)
    },
    OpRow(
      "stack", "along the last", [.real([4, 3], from: -1, to: 1), .real([4, 3], from: -1, to: 1)], .exact
    ) {
      stack($0, axis: -1)
    },
    OpRow("split", "second of three", [.real([4, 11, 2], from: -1, to: 1)], .exact) {
      $0[0].split([3, 5, 3], axis: 1)[1]
    },
    OpRow("subscript", "a block", [.real([4, 11, 3], from: -1, to: 1)], .exact) { $0[0][1..<3, 4..., -1] },
    OpRow("min", "5×7×3 over the middle", [.distinct([5, 7, 3])], .exact) { $0[0].min([1]) },
    OpRow("argmin", "5×7×3", [.distinct([5, 7, 3])], .exact, gradient: false) { $0[0].argmin(1) },
    OpRow(
      "taken", "along the middle", [.real([3, 7, 2], from: -1, to: 1), .integers([3, 4, 2], 0..<7)], .exact
    ) {
      $0[0].taken(at: $0[1], axis: 1)
    },
    OpRow(
      "taken", "beyond the ends", [.integers([5, 4], 0..<99), .integers([5, 3], -9..<9)], .exact,
      gradient: false
    ) {
      $0[0].taken(at: $0[1])
    },
    OpRow("oneHot", "seven classes", [.integers([3, 5], -1..<8)], .exact, gradient: false) {
      $0[0].oneHot(7)
    },
    OpRow("embedding", "2×5 of 11", [.integers([2, 5], 0..<11), .real([11, 3], from: -1, to: 1)], .exact) {
      embedding($0[0], in: $0[1])
    },
    OpRow("cumulativeSum", "middle axis", [.real([3, 9, 2], from: -1, to: 1)], .sum(of: 9)) {
      $0[0].cumulativeSum(1)
    },
    OpRow("cumulativeSum", "whole numbers", [.integers([5, 33], -9..<9)], .exact, gradient: false) {
      $0[0].cumulativeSum()
    },
    OpRow("cumulativeProduct", "middle axis", [.real([3, 9, 2], from: -1.5, to: 1.5)], .relative(1e-6)) {
      $0[0].cumulativeProduct(1)
    },
    OpRow(
      "cumulativeProduct", "with zeros", [.values(TensorValues([2, 0, 3, 0, 5] as [Float], shape: [5]))],
      .exact
    ) {
      $0[0].cumulativeProduct()
    },
    OpRow(
      "scatterAdded", "along the middle",
      [.real([3, 4, 2], from: -1, to: 1), .integers([3, 4, 2], -1..<8)],
      .sum(of: 4)
    ) {
      $0[0].scatterAdded(at: $0[1], axis: 1, extent: 7)
    },
    OpRow("argsort", "middle axis of 13", [.distinct([3, 13, 2])], .exact, gradient: false) {
      $0[0].argsort(1)
    },
    OpRow("argsort", "ties, descending", [.integers([4, 37], 0..<9)], .exact, gradient: false) {
      $0[0].argsort(descending: true)
    },
    OpRow("argsort", "bytes", [.bytes([2, 300])], .exact, gradient: false) { $0[0].argsort() },
    OpRow("argsort", "NaN and infinity", [edges], .exact, gradient: false) { $0[0].argsort() },
    OpRow("argsort", "NaN and infinity, descending", [edges], .exact, gradient: false) {
      $0[0].argsort(descending: true)
    },
    OpRow("sorted", "first axis of 16", [.distinct([16, 3])], .exact) { $0[0].sorted(0) },
    OpRow("sorted", "descending", [.distinct([2, 11])], .exact) { $0[0].sorted(descending: true) },
    OpRow("sorted", "second derivative", [.distinct([2, 7])], .relative(1e-6)) {
      let cubes =
        ($0[0].sorted() * $0[0].sorted()
        * Tensor([1, 2, 3, 4, 5, 6, 7] as [Float], shape: [7]).cast(to: $0[0].dtype)).sum()
      return gradients(of: cubes, at: [$0[0]])[0].sorted()
    },
    OpRow("topK", "three of 10", [.distinct([5, 10, 2])], .exact) { $0[0].topK(3, axis: 1).values },
    OpRow("topK", "places", [.distinct([5, 10])], .exact, gradient: false) { $0[0].topK(4).indices },
    OpRow("comparisons", "", [.integers([40], 0..<4), .integers([40], 0..<4)], .exact, gradient: false) {
      let (a, b) = ($0[0], $0[1])
      return [a .> b, a .<= b, a .>= b, a .!= b, (a .> 1) .& (b .> 1), (a .== 0) .| (b .== 0), .!a]
        .map { $0.cast(to: .int32) }.enumerated().reduce(Tensor(0, dtype: .int32)) { sum, part in
          sum + part.element * Double(1 << part.offset)
        }
    },
    OpRow(
      "batchedMatmul", "three of 5×4 by 4×6",
      [.real([3, 5, 4], from: -1, to: 1), .real([3, 4, 6], from: -1, to: 1)], .sum(of: 4)
    ) { batchedMatmul($0[0], $0[1]) },
    OpRow(
      "batchedMatmul", "2×3 of 5×8, one right for each pair",
      [.real([2, 3, 5, 8], from: -1, to: 1), .real([3, 8, 4], from: -1, to: 1)], .sum(of: 8)
    ) { batchedMatmul($0[0], $0[1]) },
    OpRow(
      "batchedMatmul", "one right for all",
      [.real([2, 3, 5, 8], from: -1, to: 1), .real([8, 4], from: -1, to: 1)], .sum(of: 8)
    ) { batchedMatmul($0[0], $0[1]) },
    OpRow("resized", "bilinear, larger and smaller", [.real([2, 3, 5, 7], from: -1, to: 1)], .sum(of: 4)) {
      $0[0].resized(to: [11, 4])
    },
    OpRow("resized", "nearest", [.real([2, 3, 5, 7], from: -1, to: 1)], .exact) {
      $0[0].resized(to: [8, 3], .nearest)
    },
    OpRow("adaptivelyPooled", "5×7 to 3×4", [.real([2, 3, 5, 7], from: -1, to: 1)], .sum(of: 6)) {
      $0[0].adaptivelyPooled(to: [3, 4])
    },
    OpRow("padded", "reflected", [.real([2, 4, 5], from: -1, to: 1)], .exact) {
      $0[0].padded(before: [0, 2, 1], after: [1, 3, 4], .reflect)
    },
    OpRow("padded", "replicated", [.real([2, 4, 5], from: -1, to: 1)], .exact) {
      $0[0].padded(before: [0, 2, 9], after: [1, 0, 4], .replicate)
    },
    OpRow("padded", "circular", [.real([2, 4, 5], from: -1, to: 1)], .exact) {
      $0[0].padded(before: [1, 2, 1], after: [0, 4, 5], .circular)
    },
    OpRow(
      "einsum", "scores of attention",
      [.real([2, 3, 4, 5], from: -1, to: 1), .real([2, 3, 6, 5], from: -1, to: 1)], .sum(of: 5)
    ) { einsum("bhid,bhjd->bhij", $0[0], $0[1]) },
    OpRow(
      "einsum", "with sums and another order",
      [.real([3, 4, 5], from: -1, to: 1), .real([5, 2, 3], from: -1, to: 1)],
      .sum(of: 20)
    ) { einsum("abc,cda->da", $0[0], $0[1]) },
    OpRow(
      "rotaryEmbedding", "five of seven positions", [.real([2, 3, 5, 6], from: -1, to: 1)], .absolute(3e-7)
    ) {
      RotaryEmbedding(positions: 7, channels: 6, dtype: $0[0].dtype)($0[0])
    },
    OpRow(
      "rotaryEmbedding", "positions of their own",
      [.real([2, 5, 4], from: -1, to: 1), .integers([5], 0..<1000)], .absolute(3e-7)
    ) { RotaryEmbedding(positions: 1000, channels: 4, dtype: $0[0].dtype)($0[0], at: $0[1]) },
    OpRow(
      "softmaxCrossEntropy", "second derivative",
      [.real([6, 5], from: -2, to: 2), .integers([6], 0..<5), .real([6, 5], from: -1, to: 1)], .absolute(3e-6)
    ) {
      let first = gradients(of: softmaxCrossEntropy($0[0], $0[1]).sum(), at: [$0[0]])[0]
      return gradients(of: (first * first * $0[2]).sum(), at: [$0[0]])[0]
    },
  ]
}
