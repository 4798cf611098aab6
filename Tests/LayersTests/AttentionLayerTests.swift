import Devices
import GradientChecks
import Layers
import Models
import Sessions
import Tensors
import Testing

@Suite("Attention and GPT")
struct AttentionLayerTests {
  @Test("have the gradients of finite differences", arguments: [false, true], [false, true])
  func gradients(isCausal: Bool, isRotary: Bool) throws {
    // Without biases: that of the keys changes no result, so that its gradient is 0, and differences are roundings.
    let layer = MultiHeadAttention(
      heads: 2, causal: isCausal, bias: false, rotaryBase: isRotary ? 100 : nil)
    let report = try checkGradients(of: layer, input: [2, 5, 8])
    #expect(report.failures().isEmpty, "\(report)")
  }

  @Test("have them where heads share keys and values, and in a gated MLP")
  func sharedGradients() throws {
    let layers: [any Layer] = [
      MultiHeadAttention(heads: 4, keyValueHeads: 2, causal: true, bias: false, rotaryBase: 100),
      SwiGLU(width: 5), SwiGLU(width: 3, bias: true),
    ]
    for layer in layers {
      let report = try checkGradients(of: layer, input: [2, 5, 8])
      #expect(report.failures().isEmpty, "\(layer): \(report)")
    }
  }

  @Test("have them in blocks of encoders, and in a vision transformer")
  func encoderGradients() throws {
    let layers: [(any Layer, Shape)] = [
      (EncoderBlock(heads: 2, mlpWidth: 5), [2, 3, 4]),
      (EncoderBlock(heads: 2, mlpWidth: 5, normalization: .after, gelu: .tanh), [2, 3, 4]),
      (ViT(classes: 3, patch: 2, blocks: 1, heads: 2, channels: 4, mlpWidth: 5), [2, 1, 4, 2]),
      (
        ViT(classes: 3, patch: 2, blocks: 1, heads: 2, channels: 4, mlpWidth: 5, pooling: .mean),
        [2, 1, 4, 2]
      ),
    ]
    for (layer, input) in layers {
      let report = try checkGradients(of: layer, input: input)
      #expect(report.failuresBeyondRounding.isEmpty, "\(layer): \(report)")
    }
  }

  private func outputs(of layer: some Layer, _ x: [Float], _ shape: Shape, in states: StateStore) throws
    -> [Float]
  {
    let pass = Pass(.evaluation, states: states)
    let y = layer.forward(Tensor(x, shape: shape), in: pass)
    return try #require(Session(on: .cpu, seed: 3).step(outputs: ["y": y])()["y"]).elements()
  }

  @Test("look at no later place if they are causal, and at all if they are not")
  func causality() throws {
    let x: [Float] = (0..<96).map { number in Float(number * 37 % 19) / 10 - 0.9 }
    var other = x
    // Another last place of the first sequence.
    for index in 40..<48 { other[index] += 1 }
    for isCausal in [true, false] {
      let (layer, states) = (MultiHeadAttention(heads: 2, causal: isCausal), StateStore())
      let a = try outputs(of: layer, x, [2, 6, 8], in: states)
      let b = try outputs(of: layer, other, [2, 6, 8], in: states)
      #expect((a[..<40] == b[..<40]) == isCausal)
      #expect(a[40..<48] != b[40..<48] && a[48...] == b[48...])
    }
  }

  @Test("begin as GPT-2 does, with one table for tokens and scores")
  func beginning() throws {
    let net = GPT(vocabulary: 50, context: 16, blocks: 3, heads: 2, channels: 64)
    let states = StateStore()
    let y = net.forward(.full([1, 16], 0, dtype: .int32), in: Pass(.training, states: states))
    #expect(y.shape == [1, 16, 50] && y.error == nil)
    let session = try Session(on: .cpu, seed: 5)
    _ = try session.step(outputs: ["y": y])()
    func deviation(_ name: String) throws -> Double {
      let numbers = try session.values(of: #require(states[name])).doubles
      return (numbers.reduce(0) { $0 + $1 * $1 } / Double(numbers.count)).squareRoot()
    }
    for name in ["tokens.weight", "positions.weight", "block0.attention.qkv.weight", "block2.mlp1.weight"] {
      #expect(abs(try deviation(name) - 0.02) < 0.002, "\(name)")
    }
    for name in ["block0.attention.out.weight", "block2.mlp2.weight"] {
      #expect(abs(try deviation(name) - 0.02 / 6.0.squareRoot()) < 0.001, "\(name)")
    }
    #expect(try deviation("block1.attention.out.bias") == 0 && deviation("norm.weight") == 1)
    // GPT-2's count: (V + T) D + blocks · (12 D² + 13 D) + 2 D.
    let block = 12 * 64 * 64 + 13 * 64
    #expect(states.parameterCount == 66 * 64 + 3 * block + 2 * 64)
    let plain = StateStore()
    _ = GPT(vocabulary: 50, context: 16, blocks: 3, heads: 2, channels: 64, bias: false, positions: .rotary)
      .forward(
        .full([1, 16], 0, dtype: .int32), in: Pass(.training, states: plain))
    let plainBlock = 12 * 64 * 64 + 2 * 64
    #expect(plain.parameterCount == 50 * 64 + 3 * plainBlock + 64)
  }

  @Test("look at no padding: a text has the scores that it has alone")
  func padding() throws {
    let net = BERT(vocabulary: 9, context: 6, classes: 3, blocks: 2, heads: 2, channels: 8)
    let states = StateStore()
    func scores(_ ids: [Int32], _ lengths: [Int32]) throws -> [Float] {
      let count = lengths.count
      let pass = Pass(.evaluation, states: states)
      let y = net.forward(
        Tensor(ids, shape: [count, ids.count / count]), lengths: Tensor(lengths, shape: [count]), in: pass)
      return try #require(Session(on: .cpu, seed: 3).step(outputs: ["y": y])()["y"]).elements()
    }
    let alone = try scores([1, 5, 2], [3])
    let padded = try scores([1, 5, 2, 7, 7, 7, 3, 4, 5, 6, 7, 8], [3, 6])
    let otherwise = try scores([1, 5, 2, 0, 8, 4, 3, 4, 5, 6, 7, 8], [3, 6])
    #expect(padded == otherwise)
    // Sums of as many terms, in another order.
    for (a, b) in zip(alone, padded) { #expect(abs(a - b) < 1e-6) }
  }

  @Test("have the gradients of finite differences in a classifier of texts")
  func textGradients() throws {
    let report = try checkGradients(
      of: WithoutIDs(net: BERT(vocabulary: 7, context: 3, classes: 3, blocks: 1, heads: 2, channels: 4)),
      input: [2, 2])
    #expect(report.failuresBeyondRounding.isEmpty, "\(report)")
  }

  @Test("is Llama by its arrangement: its parts, their names and shapes")
  func llama() throws {
    let net = GPT(
      vocabulary: 50, context: 16, blocks: 3, heads: 4, keyValueHeads: 2, channels: 64, arrangement: .llama,
      tied: false)
    let states = StateStore()
    let y = net.forward(.full([1, 16], 0, dtype: .int32), in: Pass(.training, states: states))
    #expect(y.shape == [1, 16, 50] && y.error == nil)
    let shapes = Dictionary(uniqueKeysWithValues: states.parameters.map { ($0.name, $0.shape) })
    // ⅔ of 4 · 64 = 170.7, in whole multiples of 32.
    let block: [String: Shape] = [
      "norm1.weight": [64], "attention.qkv.weight": [64, 128], "attention.out.weight": [64, 64],
      "norm2.weight": [64], "mlp.gate.weight": [64, 192], "mlp.up.weight": [64, 192],
      "mlp.down.weight": [192, 64],
    ]
    var expected: [String: Shape] = [
      "tokens.weight": [50, 64], "norm.weight": [64], "scores.weight": [64, 50],
    ]
    for number in 0..<3 { for (name, shape) in block { expected["block\(number).\(name)"] = shape } }
    #expect(shapes == expected)
    #expect(GPT.Arrangement.llama.usualMLPWidth(channels: 384) == 1024)
    #expect(GPT.Arrangement.llama.usualMLPWidth(channels: 4096) == 10_944)
  }
}

/// A classifier of two texts that are always the same, added to its input.
private struct WithoutIDs: Layer {
  let net: BERT

  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    let ids = Tensor([Int32(1), 5, 2, 6, 3, 0], shape: [2, 3])
    let scores = pass.scope("bert") {
      net.forward(ids, lengths: Tensor([Int32(3), 2], shape: [2]), in: pass)
    }
    return concatenate([x, scores], axis: 1)
  }
}

extension GradientReport {
  /// Those that are not roundings.
  ///
  /// Outputs near 1 have errors of 10⁻¹⁶, which are 10⁻¹¹ over steps of 10⁻⁵. Gradients near 0, such as that of the bias of keys,
  /// which changes no result, are no larger.
  fileprivate var failuresBeyondRounding: [Row] {
    failures().filter { abs($0.worst.analytic - $0.worst.numeric) > 1e-11 }
  }
}
