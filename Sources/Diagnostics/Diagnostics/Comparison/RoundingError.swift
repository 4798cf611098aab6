import Tensors

/// The error bounds of operations between two backends: all tolerances of `lemnos diff`.
///
/// Each operation adds its own rounding error to the propagated errors of its inputs (running error
/// analysis). For equal inputs the bound is that of the operation alone, as in the op table of the tests, but
/// relative to the actual numbers.
///
/// - SeeAlso: Higham 2002, *Accuracy and Stability of Numerical Algorithms*, sections 3.1 and 3.3.
enum RoundingError {
  /// Half an ulp of 1, in float32.
  static let unit = 0x1p-24

  /// Sums, differences and products are correctly rounded by both, or contracted to FMA.
  static let arithmetic = 2 * unit

  /// exp, log, division and roots: Vulkan allows a few ulp.
  static let elementary = 2e-6

  /// pow is exp(b log a), and rounds the logarithm: as in the op table.
  static let power = 2e-5

  /// Subnormal numbers may be flushed to zero.
  static let tiny = 1.2e-38

  /// The factor for 3×3 convolutions of stride 1, which may use Winograd's algorithm.
  static let tiles = 4.0

  /// The bound of two sums in different orders, relative to the sum of the terms' magnitudes.
  ///
  /// Each sum rounds as often as it has terms. For similar terms, such as gradients behind an average, all
  /// rounding errors may have one sign, with partial sums of half the size on average. But backends split
  /// long sums, which mixes signs.
  static func sum(of terms: Int) -> Double { unit * Double(min(terms + 2, 1024)) }

  /// An operation's result with its error bound.
  static func result(of op: Op, _ x: [BoundedValue]) -> BoundedValue {
    switch op {
    case .source: preconditionFailure("a source has no inputs to be judged by")
    case .controlDependency, .gradientRule, .sumOverRanks: return x[0]
    default: break
    }
    let y = Tensor.apply(op, to: x.map(\.value))
    return BoundedValue(y, error: error(of: op, y, x))
  }

  private static func error(of op: Op, _ y: Tensor, _ x: [BoundedValue]) -> Tensor? {
    switch op {
    case .pointwise(let operation): error(of: operation, y, x)
    case .movement(.gather): moved(x[0].error.map { $0.gathered(at: x[1].value) }, by: x[1], y.shape)
    case .movement: x[0].error.map { .apply(op, to: [$0]) }
    case .reduction(let reduction): error(of: reduction, y, x[0])
    case .matmul, .convolution: bilinear(op, x[0], x[1])
    case .pooling(let pooling): error(of: pooling, y, x)
    case .attention(let attention): error(of: attention, y, x)
    case .scan(let scan): error(of: scan, y, x)
    case .update:
      moved(
        summed(op, [x[0], x[1]], terms: max(x[0].value.shape[0] / max(y.shape[0], 1), 2)), by: x[1], y.shape)
    // Philox gives the same bits everywhere.
    case .random: x.contains { $0.error != nil } ? Tensor.full(y.shape, .infinity) : nil
    case .loss(let loss): error(of: loss, y, x[0])
    case .source, .gradientRule, .controlDependency, .sumOverRanks, .invalid: nil
    }
  }

  /// The bound of a gather or scatter: none if the indices may differ.
  private static func moved(_ error: Tensor?, by rows: BoundedValue, _ shape: Shape) -> Tensor? {
    guard let doubt = rows.error else { return error }
    return (error ?? Tensor.full(shape, 0)) + unknown(where: doubt.max())
  }

  /// No bound where a number is above zero.
  static func unknown(where doubt: Tensor) -> Tensor {
    select(0 .< doubt, .full(doubt.shape, .infinity), .full(doubt.shape, 0))
  }

  /// The bound of sums of an operation's first input.
  private static func summed(_ op: Op, _ x: [BoundedValue], terms: Int) -> Tensor {
    let rest = x.dropFirst().map(\.value)
    let own = sum(of: terms) * Tensor.apply(op, to: [x[0].size] + rest) + tiny
    return x[0].error.map { own + .apply(op, to: [$0] + rest) } ?? own
  }

  private static func error(of reduction: Reduction, _ y: Tensor, _ x: BoundedValue) -> Tensor? {
    let terms = x.value.shape.dimensions[reduction.axes].reduce(1, *)
    let axes = Array(reduction.axes)
    switch reduction.kind {
    case .sum:
      return y.dtype.isFloating || x.error != nil
        ? summed(.reduction(reduction), [BoundedValue(x.number, error: x.error)], terms: terms) : nil
    case .max: return x.error.map { $0.max(axes) }
    case .argmax: return x.error.map { unknown(where: $0.max(axes)) }
    }
  }

  /// The bound of products, which are linear in both factors.
  private static func bilinear(_ op: Op, _ a: BoundedValue, _ b: BoundedValue) -> Tensor {
    let plain = op.inFloat32
    var sizes = Tensor.apply(plain, to: [a.size, b.size])
    let terms =
      op.operation.flops(inputs: [a.value.node.type, b.value.node.type], result: sizes.node.type)
      / max(2 * sizes.shape.count, 1)
    var factor = sum(of: terms)
    if case .convolution(let convolution) = op, convolution.mayBeTiled([a.value.shape, b.value.shape]) {
      // A tile's intermediate sums are as large as the tile's maximum.
      sizes = sizes.max([2, 3], keepingAxes: true).broadcast(to: sizes.shape)
      factor *= tiles
    }
    var error = factor * sizes + tiny
    if let other = a.error { error = error + .apply(plain, to: [other, b.size + b.errors]) }
    if let other = b.error { error = error + .apply(plain, to: [a.size, other]) }
    return error
  }

  private static func error(of pooling: Pooling, _ y: Tensor, _ x: [BoundedValue]) -> Tensor? {
    switch pooling {
    // The index of the first maximum, which a small difference may change.
    case .maxPool2DPlace(let geometry, let window):
      return x[0].error.map { error in
        unknown(where: greatest(of: error, geometry, window))
      }
    // The maximum itself changes by no more than its operands.
    case .maxPool2DPick(let geometry, let window):
      return x[0].error.map { greatest(of: $0, geometry, window) }
    case .maxPool2DGradient(_, let window, _, _):
      let own = summed(.pooling(pooling), x, terms: window[0] * window[1])
      return x[1].error.map { own + $0.max() } ?? own
    }
  }

  private static func greatest(of x: Tensor, _ geometry: WindowGeometry, _ window: [Int]) -> Tensor {
    maxPool2D(x, window: window, geometry)
  }

  /// A row's loss changes by at most twice the change of its scores, and so does its gradient.
  private static func error(of loss: ClassificationLoss, _ y: Tensor, _ scores: BoundedValue) -> Tensor {
    let own = abs(y) * elementary + 1e-6
    guard let error = scores.error else { return own }
    switch loss {
    case .softmaxCrossEntropy: return own + 2 * error.max([1])
    case .softmaxCrossEntropyGradient: return own + 2 * error.max([1], keepingAxes: true)
    }
  }
}

extension Op {
  /// A product without rounding of operands.
  fileprivate var inFloat32: Op {
    switch self {
    case .matmul: .matmul(MatMul())
    case .convolution(.forward(let geometry, let groups, _)):
      .convolution(.forward(geometry, groups: groups, precision: .float32))
    case .convolution(.inputGradient(let geometry, let groups, let height, let width, _)):
      .convolution(
        .inputGradient(geometry, groups: groups, height: height, width: width, precision: .float32))
    case .convolution(.weightGradient(let geometry, let groups, let window, _)):
      .convolution(.weightGradient(geometry, groups: groups, window: window, precision: .float32))
    default: self
    }
  }
}

extension Convolution {
  /// True for a 3×3 convolution of stride 1.
  fileprivate func mayBeTiled(_ shapes: [Shape]) -> Bool {
    let (geometry, window) =
      switch self {
      case .forward(let geometry, _, _), .inputGradient(let geometry, _, _, _, _):
        (geometry, Array(shapes[1].dimensions[2...]))
      case .weightGradient(let geometry, _, let window, _): (geometry, window)
      }
    return window == [3, 3] && geometry.stride == [1, 1]
  }
}
