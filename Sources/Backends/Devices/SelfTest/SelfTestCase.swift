import Execution
import Programs
import Tensors

/// A small computation by one or few kernels, of sizes with remainders.
struct SelfTestCase {
  /// The elements of an input.
  enum Input {
    /// Between −1 and 1, of the tested type; all distinct, so that maxima are unique.
    case real(Shape)
    case integers([Int32])
    case bytes(Shape)
  }

  let name: String
  let inputs: [Input]
  /// True if any input is of the tested type.
  var isReal: Bool { inputs.contains { if case .real = $0 { true } else { false } } }
  let build: ([Tensor]) -> Tensor

  init(_ name: String, _ inputs: [Input], _ build: @escaping ([Tensor]) -> Tensor) {
    (self.name, self.inputs, self.build) = (name, inputs, build)
  }

  /// The program in an element type.
  ///
  /// Values are representable in float32, so that both types have the same inputs.
  func program(_ real: DType) throws -> Program {
    let states = inputs.enumerated().map { index, input in
      let values = SelfTestCase.values(of: input, real, seed: UInt64(index))
      return State("input \(index)", values.shape, dtype: values.dtype, role: .data, initial: .values(values))
    }
    return try Program("self-test of \(name)", outputs: [("y", build(states.map(\.value)))])
  }

  private static func values(of input: Input, _ real: DType, seed: UInt64) -> TensorValues {
    switch input {
    case .real(let shape):
      // Multiples of the golden ratio mod 1 are evenly spread and distinct.
      let numbers = (0..<shape.count).map { place in
        let turn = (Double(place) + 0.37 * Double(seed + 1)) * 0.618_033_988_749_894_9
        return Double(Float(2 * (turn - turn.rounded(.down)) - 1))
      }
      return TensorValues(converting: numbers, shape: shape, to: real)
    case .integers(let numbers): return TensorValues(numbers, shape: [numbers.count])
    case .bytes(let shape):
      return TensorValues((0..<shape.count).map { UInt8(truncatingIfNeeded: $0 &* 73 &+ 11) }, shape: shape)
    }
  }
}

extension SelfTestCase {
  /// At least one per shader and variant.
  static var all: [SelfTestCase] { short + long }

  /// Those without long loops.
  static var short: [SelfTestCase] {
    matrices + convolutions + pooling + attentions + reductions + movements + others + chains + narrow
  }

  private static var matrices: [SelfTestCase] {
    [
      SelfTestCase("matmul", [.real([17, 23]), .real([23, 19])]) { matmul($0[0], $0[1]) },
      SelfTestCase("matmul, transposed", [.real([23, 17]), .real([19, 23])]) {
        matmul($0[0].transposed(), $0[1].transposed())
      },
      SelfTestCase("matmul, large", [.real([67, 71]), .real([71, 131])]) { matmul($0[0], $0[1]) },
    ]
  }

  private static var convolutions: [SelfTestCase] {
    let (x, w): (Shape, Shape) = ([2, 3, 7, 9], [5, 3, 3, 3])
    let geometry = WindowGeometry(stride: [2, 1], padding: [1, 1, 1, 1])
    let y: Shape = [2, 5, 4, 9]
    func pulled(_ t: [Tensor], _ index: Int) -> Tensor {
      gradients(of: conv2D(t[0], t[1], geometry), upstream: t[2], at: [t[index]])[0]
    }
    return [
      SelfTestCase("conv2D", [.real(x), .real(w)]) { conv2D($0[0], $0[1], geometry) },
      SelfTestCase("conv2D, gradient of its input", [.real(x), .real(w), .real(y)]) { pulled($0, 0) },
      SelfTestCase("conv2D, gradient of its weights", [.real(x), .real(w), .real(y)]) { pulled($0, 1) },
    ]
  }

  /// Products of rounded operands, on matrix units if there are any: at least of a unit's size.
  private static var narrow: [SelfTestCase] {
    let (x, w, y): (Shape, Shape, Shape) = ([2, 17, 7, 9], [19, 17, 3, 3], [2, 19, 4, 9])
    let geometry = WindowGeometry(stride: [2, 1], padding: [1, 1, 1, 1])
    return [Precision.float16, .bfloat16, .tf32].flatMap { precision in
      func pulled(_ t: [Tensor], _ index: Int) -> Tensor {
        let result = conv2D(t[0], t[1], geometry, precision: precision)
        return gradients(of: result, upstream: t[2], at: [t[index]])[0]
      }
      let name = precision.rawValue
      return [
        SelfTestCase("matmul in \(name)", [.real([67, 71]), .real([71, 131])]) {
          matmul($0[0], $0[1], precision: precision)
        },
        SelfTestCase("matmul in \(name), transposed", [.real([71, 67]), .real([131, 71])]) {
          matmul($0[0].transposed(), $0[1].transposed(), precision: precision)
        },
        SelfTestCase("conv2D in \(name)", [.real(x), .real(w)]) {
          conv2D($0[0], $0[1], geometry, precision: precision)
        },
        SelfTestCase("conv2D in \(name), gradient of its input", [.real(x), .real(w), .real(y)]) {
          pulled($0, 0)
        },
        SelfTestCase("conv2D in \(name), gradient of its weights", [.real(x), .real(w), .real(y)]) {
          pulled($0, 1)
        },
      ]
    }
  }

  private static var pooling: [SelfTestCase] {
    let x: Shape = [2, 3, 7, 9]
    let geometry = WindowGeometry(stride: [2, 2])
    let place = { (x: Tensor) in
      Tensor.apply(.pooling(.maxPool2DPlace(geometry, window: [3, 3])), to: [x])
    }
    return [
      SelfTestCase("maxPool2D, places", [.real(x)]) { place($0[0]) },
      SelfTestCase("maxPool2D", [.real(x)]) { maxPool2D($0[0], window: [3, 3], geometry) },
      SelfTestCase("maxPool2D, gradient", [.real(x), .real([2, 3, 3, 4])]) {
        gradients(of: maxPool2D($0[0], window: [3, 3], geometry), upstream: $0[1], at: [$0[0]])[0]
      },
    ]
  }

  private static var attentions: [SelfTestCase] {
    let (q, k): (Shape, Shape) = ([1, 4, 35, 19], [1, 2, 41, 19])
    let plain = [Input.real(q), .real(k), .real(k)]
    let documents = [35, 41].map { count in Input.integers((0..<count).map { Int32($0 / 17) }) }
    let all = plain + [.real([35, 41])] + documents
    func causal(_ t: [Tensor]) -> Tensor { attention(t[0], t[1], t[2], isCausal: true) }
    func masked(_ t: [Tensor]) -> Tensor {
      let documents = (queries: t[4].reshaped([1, 35]), keys: t[5].reshaped([1, 41]))
      return attention(t[0], t[1], t[2], mask: t[3], documents: documents)
    }
    func dropped(_ t: [Tensor]) -> Tensor {
      let dropout = AttentionDropout(0.3, key: t[3], counter: t[4].reshaped([]), stream: 5)
      return attention(t[0], t[1], t[2], dropout: dropout)
    }
    let random = plain + [Input.integers([231, -7]), .integers([4])]
    func pulled(_ y: Tensor, _ t: [Tensor]) -> Tensor {
      concatenate(
        gradients(of: y, upstream: sin(3 * y), at: Array(t.prefix(3))).map { $0.reshaped([$0.shape.count]) })
    }
    return [
      SelfTestCase("attention", plain) { causal($0) },
      SelfTestCase("attention with a mask and documents", all) { masked($0) },
      SelfTestCase("attention, gradients", plain) { pulled(causal($0), $0) },
      SelfTestCase("attention with a mask and documents, gradients", all) { pulled(masked($0), $0) },
      SelfTestCase("attention with dropout", random) { dropped($0) },
      SelfTestCase("attention with dropout, gradients", random) { pulled(dropped($0), $0) },
    ]
  }

  private static var reductions: [SelfTestCase] {
    func numbers(_ count: Int) -> Input { .integers((0..<count).map { Int32($0 * 7919 % 2003 - 1000) }) }
    let integers = numbers(1309)
    return [
      SelfTestCase("sum", [.real([7, 11, 5])]) { $0[0].sum([1]) },
      SelfTestCase("sum of many", [.real([3, 1309])]) { $0[0].sum([1]) },
      SelfTestCase("max", [.real([7, 11, 5])]) { $0[0].max([1]) },
      SelfTestCase("argmax", [.real([7, 11])]) { $0[0].argmax() },
      SelfTestCase("sum of integers", [numbers(143)]) { $0[0].reshaped([11, 13]).sum([1]) },
      SelfTestCase("sum of many integers", [integers]) { $0[0].sum() },
      SelfTestCase("max of integers", [integers]) { $0[0].reshaped([7, 187]).max([1]) },
      SelfTestCase("argmax of integers", [integers]) { $0[0].reshaped([7, 187]).argmax() },
    ]
  }

  /// Loops of the maximum length, and computations that are split into parts because they exceed it: some
  /// drivers exit long loops early, without an error.
  private static var long: [SelfTestCase] {
    // Half of a shader's loop limit (`LoopLimit.perInvocation`): longer ones are split.
    let longest = 1 << 14
    let numbers = Input.integers((0..<longest).map { Int32($0 * 7919 % 2003 - 1000) })
    let labels = Input.integers([0, 69_999, 35_001])
    func pulled(_ t: [Tensor], _ index: Int) -> Tensor {
      gradients(of: conv2D(t[0], t[1]), upstream: t[2], at: [t[index]])[0]
    }
    return [
      SelfTestCase("matmul, as deep as can be", [.real([3, longest]), .real([longest, 5])]) {
        matmul($0[0], $0[1])
      },
      SelfTestCase("matmul, in parts", [.real([3, 70_000]), .real([70_000, 5])]) { matmul($0[0], $0[1]) },
      SelfTestCase("conv2D, in parts", [.real([1, 7300, 3, 3]), .real([2, 7300, 3, 3])]) {
        conv2D($0[0], $0[1])
      },
      SelfTestCase(
        "conv2D, gradient of its input in parts",
        [.real([1, 2, 3, 3]), .real([7300, 2, 3, 3]), .real([1, 7300, 1, 1])]
      ) { pulled($0, 0) },
      SelfTestCase(
        "conv2D, gradient of its weights in parts",
        [.real([2, 2, 181, 183]), .real([3, 2, 2, 3]), .real([2, 3, 180, 181])]
      ) { pulled($0, 1) },
      SelfTestCase("max of as many as can be", [.real([longest])]) { $0[0].max() },
      // Of positive numbers, so that the sum is large relative to its rounding error and to what a truncated
      // loop omits.
      SelfTestCase("mean of 500,000, in parts", [.real([2, 524_309])]) { ($0[0] + 1).mean([1]) },
      SelfTestCase("max, in parts", [.real([2, 70_001])]) { $0[0].max([1]) },
      SelfTestCase("argmax, in parts", [.real([2, 70_001])]) { $0[0].argmax() },
      SelfTestCase("argmax of integers, in parts", [numbers, numbers]) {
        ($0[0].reshaped([longest, 1]) - $0[1].reshaped([longest, 1]).broadcast(to: [longest, 2]))
          .reshaped([2 * longest]).argmax()
      },
      SelfTestCase(
        "scatterAdd, in parts", [.real([70_001, 2]), .integers((0..<70_001).map { Int32($0 % 3) })]
      ) {
        scatterAdd($0[0], at: $0[1], rows: 3)
      },
      SelfTestCase("variances of 70,000", [.real([7, 2, 100, 100])]) {
        let centred = $0[0] - $0[0].mean([0, 2, 3], keepingAxes: true)
        return (centred * centred).mean([0, 2, 3])
      },
      SelfTestCase("softmaxCrossEntropy of 70,000 classes", [.real([3, 70_000]), labels]) {
        softmaxCrossEntropy($0[0], $0[1])
      },
      SelfTestCase("softmaxCrossEntropy of 70,000 classes, gradient", [.real([3, 70_000]), labels]) {
        Tensor.apply(.loss(.softmaxCrossEntropyGradient), to: $0)
      },
    ]
  }

  private static var movements: [SelfTestCase] {
    let rows = Input.integers([4, 0, 9, 2, 2, 10, 7, 1, 4])
    return [
      SelfTestCase("gather", [.real([11, 6]), rows]) { $0[0].gathered(at: $0[1]) },
      SelfTestCase("gather of bytes", [.bytes([11, 7]), rows]) { $0[0].gathered(at: $0[1]) },
      SelfTestCase("gather of 16-bit numbers", [.real([11, 7]), rows]) {
        $0[0].cast(to: .float16).gathered(at: $0[1])
      },
      SelfTestCase("scatterAdd", [.real([9, 6]), rows]) { scatterAdd($0[0], at: $0[1], rows: 11) },
    ]
  }

  private static var others: [SelfTestCase] {
    let labels = Input.integers((0..<13).map { Int32($0 * 5 % 7) })
    let random = [Input.integers([12_345, -67_890]), .integers([3])]
    return [
      SelfTestCase("softmaxCrossEntropy", [.real([13, 7]), labels]) { softmaxCrossEntropy($0[0], $0[1]) },
      SelfTestCase("softmaxCrossEntropy, gradient", [.real([13, 7]), labels]) {
        Tensor.apply(.loss(.softmaxCrossEntropyGradient), to: $0)
      },
      SelfTestCase("uniform", random) {
        randomUniform([7, 13], key: $0[0], counter: $0[1].reshaped([]), stream: 5)
      },
      SelfTestCase("shuffledBatch", random) {
        shuffledBatch(100, of: 1009, key: $0[0], counter: $0[1].reshaped([]))
      },
      SelfTestCase("pointwise functions", [.real([7, 11]), .real([11])]) {
        let positive = abs($0[0]) + 0.5
        let smooth = exp($0[0]) * sigmoid($0[1]) + tanh($0[0]) / sqrt(positive) - log(positive)
        return relu(smooth) + maximum($0[0], $0[1]) * minimum($0[0], $0[1]) + expm1($0[0])
          * power(positive, $0[1]) + sin($0[0]) * cos($0[1]) + erf($0[0]) * log1p(positive)
      },
      SelfTestCase("pointwise integers and bytes", [.integers([7, -3, 250, 12, -9, 300]), .bytes([6])]) {
        ($0[0] * 3 + $0[1].cast(to: .int32)).cast(to: .uint8)
      },
      SelfTestCase("pointwise storage types", [.real([7, 11]), .integers([7, -3, 250, 12, -9, 300])]) {
        let numbers = $0[0].cast(to: .bfloat16).transposed().cast(to: .float32)
        let places = $0[1].cast(to: .int64).gathered(at: Tensor.indices(6)).reshaped([6, 1, 1])
        return select(0 .< numbers, numbers, numbers.cast(to: .float16).cast(to: .float32))
          * places.cast(to: .float32)
      },
      SelfTestCase("pointwise over strides", [.real([5, 6, 7])]) {
        $0[0].transposed([2, 0, 1]).padded(before: [1, 0, 1], after: [0, 1, 0]) * 2 + 1
      },
    ]
  }

  /// Chains that a fusing backend computes in few dispatches, in each form of its generated kernels.
  private static var chains: [SelfTestCase] {
    let labels = Input.integers((0..<13).map { Int32($0 * 3 % 7) })
    let numbers = [Input.bytes([101, 6]), .integers([12_345, -67_890]), .integers([3])]
    let geometry = WindowGeometry(stride: [1, 1], padding: [1, 1, 1, 1])
    return [
      SelfTestCase("relu(x·w + b)", [.real([17, 23]), .real([23, 19]), .real([19])]) {
        relu(matmul($0[0], $0[1]) + $0[2])
      },
      SelfTestCase("relu(conv2D + b)", [.real([2, 3, 7, 9]), .real([5, 3, 3, 3]), .real([5, 1, 1])]) {
        relu(conv2D($0[0], $0[1], geometry) + $0[2])
      },
      SelfTestCase("batch normalization", [.real([6, 5, 3, 4]), .real([5, 1, 1]), .real([5, 1, 1])]) {
        let centred = $0[0] - $0[0].mean([0, 2, 3], keepingAxes: true)
        let variance = (centred * centred).mean([0, 2, 3], keepingAxes: true)
        return centred / sqrt(variance + 1e-5) * $0[1] + $0[2]
      },
      SelfTestCase("softmaxCrossEntropy with its gradient", [.real([13, 7]), labels]) {
        let loss = softmaxCrossEntropy($0[0], $0[1]).mean()
        return gradients(of: loss, at: [$0[0]])[0] + loss
      },
      SelfTestCase("maxPool2D of relu", [.real([2, 3, 7, 9])]) {
        maxPool2D(relu($0[0]), window: [2, 2], WindowGeometry(stride: [2, 2]))
      },
      SelfTestCase("a shuffled batch of bytes", numbers) {
        let rows = shuffledBatch(20, of: 101, key: $0[1], counter: $0[2].reshaped([]))
        return $0[0].gathered(at: rows).cast(to: .float32) / 255
      },
    ]
  }
}
