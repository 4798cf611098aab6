import Lemnos

extension OperationCase {
  /// Convolutions, in all three passes: those of the workloads, the assignment's, some with strides, and
  /// depthwise ones.
  static var convolutions: [OperationCase] {
    // N images of C channels and H×H pixels; K filters of R×R.
    let all: [(n: Int, c: Int, h: Int, k: Int, r: Int, stride: Int)] = [
      (50, 32, 32, 32, 3, 1), (64, 3, 32, 64, 3, 1), (64, 64, 32, 64, 3, 1), (64, 128, 16, 128, 3, 1),
      (64, 256, 8, 256, 3, 1), (32, 512, 4, 512, 3, 1), (50, 3, 32, 32, 7, 1), (100, 3, 31, 25, 3, 2),
      (32, 64, 32, 128, 3, 2), (32, 64, 32, 128, 1, 2),
    ]
    let depthwise: [(n: Int, c: Int, h: Int, r: Int, stride: Int)] = [
      (32, 96, 16, 3, 1), (32, 384, 16, 3, 1), (32, 144, 32, 3, 2), (8, 240, 14, 5, 1),
    ]
    return all.flatMap { n, c, h, k, r, stride in passes(n, c, h, k, r, stride, groups: 1) }
      + depthwise.flatMap { n, c, h, r, stride in passes(n, c, h, c, r, stride, groups: c) }
  }

  private static func passes(
    _ n: Int, _ c: Int, _ h: Int, _ k: Int, _ r: Int, _ stride: Int, groups: Int
  ) -> [OperationCase] {
    let (x, w) = (input("x", [n, c, h, h]), input("w", [k, c / groups, r, r]))
    let padding = [Int](repeating: r / 2, count: 4)
    let y = conv2D(
      x.value, w.value, WindowGeometry(stride: [stride, stride], padding: padding), groups: groups)
    let dy = input("dy", y.shape)
    let kind = groups == 1 ? "convolution" : "depthwise convolution"
    let name =
      "\(kind) \(sizes([n, c, h, h])) → \(k), \(r)×\(r)" + (stride > 1 ? ", stride \(stride)" : "")
    let gradients = gradients(of: y, upstream: dy.value, at: [x.value, w.value])
    return [
      OperationCase("\(name), forward", inputs: [x, w], results: [y]),
      OperationCase("\(name), input gradient", inputs: [dy, w], results: [gradients[0]]),
      OperationCase("\(name), weight gradient", inputs: [x, dy], results: [gradients[1]]),
    ]
  }
}
