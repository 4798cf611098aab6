import Tensors

extension OpTable {
  /// Reduction lengths and extents beyond the limit of a single kernel's loop.
  ///
  /// Beyond 2¹⁷, and some up to the 2²⁵ elements that fit into the 128 MiB which every device can bind.
  /// Without gradients: these consist of operations that have rows.
  /// operations that have rows.
  package static let large: [OpRow] = largeProducts + largeReductions + largeOthers

  private static func row(
    _ operation: String, _ note: String, _ shapes: [Shape], _ tolerance: Tolerance,
    _ build: @escaping @Sendable ([Tensor]) -> Tensor
  ) -> OpRow {
    OpRow(operation, note, shapes.map { .pattern($0) }, tolerance, gradient: false, build)
  }

  private static let largeProducts: [OpRow] = [
    row("matmul", "3×70,000×5", [[3, 70_000], [70_000, 5]], .sum(of: 70_000)) {
      Tensors.matmul($0[0], $0[1])
    },
    row(
      "matmul", "9×131,101×2, both transposed", [[131_101, 9], [2, 131_101]], .sum(of: 131_101)
    ) { Tensors.matmul($0[0].transposed(), $0[1].transposed()) },
    row(
      "matmul", "followed by a bias and a rectifier", [[5, 131_101], [131_101, 3], [3]], .sum(of: 131_101)
    ) {
      relu(Tensors.matmul($0[0], $0[1]) + $0[2])
    },
    row("conv2D", "of 14,600 channels", [[1, 14_600, 3, 4], [3, 14_600, 3, 3]], .sum(of: 131_400)) {
      conv2D($0[0], $0[1])
    },
    row(
      "conv2DInputGradient", "of 14,600 filters, stride 2",
      [[1, 2, 5, 3], [14_600, 2, 3, 3], [1, 14_600, 3, 2]], .sum(of: 131_400)
    ) {
      let geometry = WindowGeometry(stride: [2, 2], padding: [1, 1, 1, 1])
      return gradients(of: conv2D($0[0], $0[1], geometry), upstream: $0[2], at: [$0[0]])[0]
    },
    row(
      "conv2DWeightGradient", "of 8 images of 112×112",
      [[8, 3, 112, 112], [4, 3, 3, 3], [8, 4, 112, 112]],
      .sum(of: 8 * 112 * 112)
    ) {
      let geometry = WindowGeometry(padding: [1, 1, 1, 1])
      return gradients(of: conv2D($0[0], $0[1], geometry), upstream: $0[2], at: [$0[1]])[0]
    },
    row(
      "conv2DWeightGradient", "of rows of 131,101, in groups",
      // CPUs sum a row of results sequentially, so that roundings grow with the partial sums.
      [[1, 2, 1, 131_101], [2, 1, 1, 3], [1, 2, 1, 131_101]], .sum(of: 4 * 131_101)
    ) {
      let y = conv2D($0[0], $0[1], WindowGeometry(padding: [0, 0, 1, 1]), groups: 2)
      return gradients(of: y, upstream: $0[2], at: [$0[1]])[0]
    },
  ]

  private static let largeReductions: [OpRow] = [
    row("sum", "of 2²⁵ ones", [[1]], .exact) { _ in Tensor.full([1 << 25], 1).sum() },
    row("sum", "of 20,000,003, a prime", [[20_000_003]], .sum(of: 20_000_003)) { $0[0].sum() },
    row("sum", "over 2,000,003, a prime, transposed", [[3, 2_000_003]], .sum(of: 2_000_003)) {
      $0[0].transposed().sum([0])
    },
    row("sum", "over rows of 1,048,583, a prime", [[2, 1_048_583]], .sum(of: 1_048_583)) { $0[0].sum([1]) },
    row("sum", "over 1,048,583 rows", [[1_048_583, 3]], .sum(of: 1_048_583)) { $0[0].sum([0]) },
    OpRow(
      "sum", "of int32, over rows of 1,048,583", [.integers([2, 1_048_583], -1000..<1000)], .exact,
      gradient: false
    ) { $0[0].sum([1]) },
    // Sums of 1,228,800 elements that depend on such sums, as in batch normalization of large images.
    row("sum", "variances of channels, 24 images of 160×320", [[24, 2, 160, 320]], .relative(1e-4)) {
      let centred = $0[0] - $0[0].mean([0, 2, 3], keepingAxes: true)
      let variance = (centred * centred).mean([0, 2, 3], keepingAxes: true)
      return (centred / sqrt(variance + 1e-5) * $0[0]).mean([0, 2, 3])
    },
    row("sum", "of a gradient of max pooling", [[9, 2, 90, 90]], .sum(of: 9 * 8100)) {
      let pooled = maxPool2D($0[0], window: [3, 3], WindowGeometry(stride: [1, 1]))
      return gradients(of: (pooled * pooled).sum(), at: [$0[0]])[0].sum([0, 2, 3])
    },
    row("max", "of 20,000,000", [[20_000_000]], .exact) { $0[0].max() },
    row("max", "over 131,101 rows", [[131_101, 7]], .exact) { $0[0].max([0]) },
    OpRow(
      "max", "of int32, over 131,101", [.integers([3, 131_101], Int32.min..<Int32.max)], .exact,
      gradient: false
    ) { $0[0].max([1]) },
    row("argmax", "of 5,000,000", [[5_000_000]], .exact) { $0[0].argmax() },
    OpRow(
      "argmax", "of rows of 131,101, with ties", [.integers([5, 131_101], 0..<50)], .exact, gradient: false
    ) { $0[0].argmax() },
  ]

  private static let largeOthers: [OpRow] = [
    OpRow(
      "softmaxCrossEntropy", "of 140,001 classes", [.pattern([5, 140_001]), .integers([5], 0..<140_001)],
      .elementary, gradient: false
    ) { softmaxCrossEntropy($0[0], $0[1]) },
    // About 10⁻⁵ in size; errors of the exponentials, of sums of many of them, and of a product with 1.
    OpRow(
      "softmaxCrossEntropyGradient", "of 140,001 classes",
      [.pattern([2, 140_001]), .integers([2], 0..<140_001)], Tolerance(absolute: 1e-10, relative: 1e-5),
      gradient: false
    ) { gradients(of: softmaxCrossEntropy($0[0], $0[1]).sum(), at: [$0[0]])[0] },
    OpRow(
      "softmaxCrossEntropy", "of 70,000 classes in 70 rows",
      [.pattern([70, 70_000]), .integers([70], 0..<70_000)],
      .elementary, gradient: false
    ) { softmaxCrossEntropy($0[0], $0[1]) },
    OpRow(
      "scatterAdd", "of 131,101 rows", [.pattern([131_101, 3]), .integers([131_101], 0..<5)],
      .sum(of: 131_101), gradient: false
    ) { scatterAdd($0[0], at: $0[1], rows: 5) },
    OpRow(
      "gather", "of 2²⁰ rows out of 131,101", [.pattern([131_101, 3]), .integers([1 << 20], 0..<131_101)],
      .exact,
      gradient: false
    ) { $0[0].gathered(at: $0[1]) },
  ]
}
