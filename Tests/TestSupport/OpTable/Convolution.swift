import Tensors

extension OpTable {
  private static func row(
    _ note: String, _ x: Shape, _ w: Shape, _ geometry: WindowGeometry = WindowGeometry(), groups: Int = 1,
    gradient: Bool = true
  ) -> [OpRow] {
    let inputs: [OpRow.Input] = [.real(x, from: -1, to: 1), .real(w, from: -1, to: 1)]
    let terms = w[1] * w[2] * w[3]
    let y = { @Sendable (t: [Tensor]) in conv2D(t[0], t[1], geometry, groups: groups) }
    // Upstream gradients, 2 y of size 2 √terms, that differ between elements, so that no error cancels in a
    // sum.
    let weighted = { @Sendable (t: [Tensor]) in (y(t) * y(t)).sum() }
    return [
      OpRow("conv2D", note, inputs, .sum(of: terms), gradient: gradient, y),
      OpRow("conv2DInputGradient", note, inputs, .sum(of: 4 * terms * w[0] * w[2] * w[3]), gradient: false) {
        gradients(of: weighted($0), at: [$0[0]])[0]
      },
      OpRow("conv2DWeightGradient", note, inputs, .sum(of: 4 * terms * x[0] * x[2] * x[3]), gradient: false) {
        gradients(of: weighted($0), at: [$0[1]])[0]
      },
    ]
  }

  /// The three passes with rounded operands: for the gradients this includes the upstream gradient.
  private static let roundedConvolutions: [OpRow] = Precision.allCases.filter { $0 != .float32 }.flatMap {
    precision in
    let (x, w, dy): (OpRow.Input, OpRow.Input, OpRow.Input) = (
      .real([2, 3, 7, 5], from: -1, to: 1), .real([4, 3, 3, 3], from: -1, to: 1),
      .real([2, 4, 4, 3], from: -1, to: 1)
    )
    let y = { @Sendable (t: [Tensor]) in
      conv2D(
        t[0], t[1], WindowGeometry(stride: [2, 2], padding: [1, 1, 1, 1]), precision: precision)
    }
    let note = "rounded to \(precision.rawValue)"
    return [
      OpRow("conv2D", note, [x, w], .sum(of: 27), gradient: false, y),
      OpRow("conv2DInputGradient", note, [x, w, dy], .sum(of: 36), gradient: false) {
        gradients(of: y($0), upstream: $0[2], at: [$0[0]])[0]
      },
      OpRow("conv2DWeightGradient", note, [x, w, dy], .sum(of: 24), gradient: false) {
        gradients(of: y($0), upstream: $0[2], at: [$0[1]])[0]
      },
    ]
  }

  /// The three passes, each with an epilogue, so that their results are not stored.
  ///
  /// Squaring a result of size `terms` doubles its error times its size; gradients are those of `row`,
  /// doubled or halved.
  private static func followed(_ note: String, _ x: Shape, _ w: Shape, _ geometry: WindowGeometry) -> [OpRow]
  {
    let inputs: [OpRow.Input] = [
      .real(x, from: -1, to: 1), .real(w, from: -1, to: 1), .real([w[0]], from: -1, to: 1),
    ]
    let terms = w[1] * w[2] * w[3]
    let y = { @Sendable (t: [Tensor]) in conv2D(t[0], t[1], geometry) }
    let weighted = { @Sendable (t: [Tensor]) in (y(t) * y(t)).sum() }
    return [
      OpRow("conv2D", "\(note), with a bias, squared", inputs, .sum(of: 16 * terms * terms), gradient: false)
      {
        let biased = y($0) + $0[2].reshaped([1, w[0], 1, 1])
        return biased * biased
      },
      OpRow(
        "conv2DInputGradient", "\(note), added to the input", inputs,
        .sum(of: 16 * terms * w[0] * w[2] * w[3]), gradient: false
      ) { $0[0] + 2 * gradients(of: weighted($0), at: [$0[0]])[0] },
      OpRow(
        "conv2DWeightGradient", "\(note), added to the filters", inputs,
        .sum(of: 4 * terms * x[0] * x[2] * x[3]), gradient: false
      ) { $0[1] - 0.5 * gradients(of: weighted($0), at: [$0[1]])[0] },
    ]
  }

  static let convolution: [OpRow] =
    roundedConvolutions
    + row("3×3", [2, 3, 5, 7], [4, 3, 3, 3])
    + row("3×3, padded", [2, 3, 7, 5], [5, 3, 3, 3], WindowGeometry(padding: [1, 1, 1, 1]))
    + row(
      "3×3, stride 2", [2, 2, 7, 6], [3, 2, 3, 3], WindowGeometry(stride: [2, 2], padding: [1, 1, 1, 1]))
    + row("1×1, stride 2", [2, 5, 6, 7], [3, 5, 1, 1], WindowGeometry(stride: [2, 2]))
    + row(
      "2×4, stride 3×1, uneven padding", [2, 3, 8, 6], [2, 3, 2, 4],
      WindowGeometry(stride: [3, 1], padding: [0, 2, 3, 1]))
    + row(
      "3×2, dilated", [1, 2, 9, 7], [3, 2, 3, 2], WindowGeometry(padding: [2, 2, 1, 1], dilation: [2, 3]))
    // Vectors of sixteen channels: the last overlaps the one before, and padding is on both sides.
    + row(
      "depthwise, 37 channels", [3, 37, 9, 11], [37, 1, 3, 3], WindowGeometry(padding: [1, 1, 1, 1]),
      groups: 37, gradient: false)
    + row(
      "depthwise, stride 2", [2, 16, 9, 12], [16, 1, 3, 3],
      WindowGeometry(stride: [2, 2], padding: [1, 0, 1, 2]), groups: 16, gradient: false)
    + row(
      "depthwise, dilated", [2, 24, 9, 12], [24, 1, 2, 5],
      WindowGeometry(padding: [2, 1, 4, 3], dilation: [3, 2]), groups: 24, gradient: false)
    + row(
      "depthwise, in padding alone", [1, 17, 2, 3], [17, 1, 5, 4], WindowGeometry(padding: [4, 4, 4, 5]),
      groups: 17, gradient: false)
    + row("groups", [2, 6, 5, 5], [4, 3, 3, 3], WindowGeometry(padding: [1, 1, 1, 1]), groups: 2)
    + row(
      "each channel alone", [2, 4, 5, 5], [4, 1, 3, 3], WindowGeometry(padding: [1, 1, 1, 1]), groups: 4)
    + row(
      "7×7, larger than a tile", [3, 3, 16, 16], [70, 3, 7, 7], WindowGeometry(padding: [3, 3, 3, 3]),
      gradient: false)
    + row("window as large as the image", [3, 2, 4, 4], [5, 2, 4, 4])
    // Reductions of 1,620 products per weight and 360 per result: GPUs use few tiles, with split-K.
    + row(
      "deep", [20, 40, 9, 9], [3, 40, 3, 3], WindowGeometry(padding: [1, 1, 1, 1]), gradient: false)
    // Few pixels and so many weights that the CPU backend packs them during the multiplication: in splits of
    // the window's depth and, with a stride, for some of the pixels' residues only.
    + row(
      "few windows, many weights", [1, 200, 5, 4], [70, 200, 3, 3], WindowGeometry(padding: [1, 1, 1, 1]),
      gradient: false)
    + row(
      "few windows, stride 2, groups", [2, 256, 5, 4], [132, 128, 3, 3],
      WindowGeometry(stride: [2, 2], padding: [1, 1, 1, 1]), groups: 2, gradient: false)
    + followed("few windows", [1, 96, 5, 4], [80, 96, 3, 3], WindowGeometry(padding: [1, 1, 1, 1]))
    // The following rows use Winograd on CPUs: 4×4 tiles that extend past the edge, and panels of 32 and of
    // 48 filters;
    + row(
      "3×3, tiles over the edge", [4, 16, 13, 11], [80, 16, 3, 3], WindowGeometry(padding: [1, 1, 1, 1]),
      gradient: false)
    // bands of an image, with asymmetric padding;
    + row(
      "3×3, long rows", [2, 32, 21, 40], [16, 32, 3, 3], WindowGeometry(padding: [0, 1, 2, 0]),
      gradient: false)
    // and 2×2 tiles, with the filters in blocks.
    + row(
      "3×3, many filters", [3, 272, 7, 5], [256, 272, 3, 3], WindowGeometry(padding: [1, 1, 1, 1]),
      gradient: false)
    + row(
      "3×5, stride 2, long rows", [2, 9, 34, 37], [20, 9, 3, 5],
      WindowGeometry(stride: [2, 2], padding: [1, 1, 2, 2]), gradient: false)
    + row(
      "3×3, dilated rows", [1, 5, 20, 23], [19, 5, 3, 3],
      WindowGeometry(padding: [2, 2, 1, 1], dilation: [2, 1]), gradient: false)
    // Image gradients with few channels, which CPUs accumulate window by window: with pixels under no window,
    // or at the end of an image; with strides; and for few images, in bands of rows.
    + row("2×2, stride 3", [2, 3, 13, 11], [4, 3, 2, 2], WindowGeometry(stride: [3, 3]))
    + row(
      "3×3 of 3 channels, stride 2", [3, 3, 16, 18], [20, 3, 3, 3],
      WindowGeometry(stride: [2, 2], padding: [1, 1, 1, 1]), gradient: false)
    + row(
      "5×5 of 4 channels, high images", [1, 4, 67, 9], [6, 4, 5, 5],
      WindowGeometry(padding: [2, 1, 0, 3], dilation: [2, 1]), gradient: false)
    + followed(
      "high images of 3 channels", [1, 3, 50, 20], [7, 3, 3, 3], WindowGeometry(padding: [1, 1, 1, 1]))
    + followed("3×3", [2, 3, 9, 8], [5, 3, 3, 3], WindowGeometry(padding: [1, 1, 1, 1]))
    + followed(
      "stride 2", [2, 3, 9, 8], [5, 3, 3, 3], WindowGeometry(stride: [2, 2], padding: [1, 1, 1, 1]))
    + followed("tiles", [4, 16, 13, 11], [48, 16, 3, 3], WindowGeometry(padding: [1, 1, 1, 1]))
    + followed("long rows", [2, 5, 12, 33], [7, 5, 3, 3], WindowGeometry(padding: [1, 1, 1, 1]))
    + followed("many filters", [3, 272, 7, 5], [256, 272, 3, 3], WindowGeometry(padding: [1, 1, 1, 1]))
    + [
      // 65,535 workgroups of 8 columns make 524,280.
      OpRow(
        "conv2D", "more columns than fit along one axis of workgroups",
        [.real([1, 2, 2, 262_200], from: -1, to: 1), .real([4, 1, 1, 1], from: -1, to: 1)], .sum(of: 1),
        gradient: false
      ) { conv2D($0[0], $0[1], groups: 2) }
    ]
}
