import Tensors

extension OpTable {
  private static func rows(_ note: String, _ x: Shape, _ window: [Int], _ geometry: WindowGeometry) -> [OpRow]
  {
    [
      OpRow("maxPool2DPick", note, [.distinct(x)], .exact) { maxPool2D($0[0], window: window, geometry) },
      OpRow("maxPool2DPlace", note, [.distinct(x)], .exact, gradient: false) {
        Tensor.apply(.pooling(.maxPool2DPlace(geometry, window: window)), to: [$0[0]])
      },
      OpRow("maxPool2DGradient", note, [.distinct(x)], .sum(of: window[0] * window[1]), gradient: false) {
        let y = maxPool2D($0[0], window: window, geometry)
        return gradients(of: (y * y).sum(), at: [$0[0]])[0]
      },
      OpRow(
        "conv2D", "average pooling, \(note)", [.real(x, from: -1, to: 1)], .sum(of: window[0] * window[1])
      ) {
        averagePool2D($0[0], window: window, geometry)
      },
    ]
  }

  static let pooling: [OpRow] =
    rows("2×2", [2, 3, 6, 8], [2, 2], WindowGeometry(stride: [2, 2]))
    + rows("3×3, stride 2, overlapping", [2, 3, 7, 9], [3, 3], WindowGeometry(stride: [2, 2]))
    + rows(
      "3×2, stride 1×3, padded", [1, 5, 7, 5], [3, 2], WindowGeometry(stride: [1, 3], padding: [1, 1, 0, 1]))
    + [
      OpRow(
        "maxPool2DPlace", "ties go to the first", [.integers([2, 2, 6, 6], 0..<2)], .exact, gradient: false
      ) {
        let x = $0[0].cast(to: .float32)
        return Tensor.apply(
          .pooling(.maxPool2DPlace(WindowGeometry(stride: [1, 1]), window: [3, 3])), to: [x])
      }
    ]
}
