import CPUBackend
import Execution
import GradientChecks
import Layers
import Programs
import Tensors
import TestSupport
import Testing

/// Dropout of attention's weights beside dropout of weights that are stored.
@Suite("Attention with dropout")
struct AttentionDropoutTests {
  private static let key = Tensor([Int32(231), -7], shape: [2])

  private static func dropout(_ rate: Double, counter: Int32 = 4, stream: UInt32 = 17) -> AttentionDropout {
    AttentionDropout(rate, key: key, counter: Tensor([counter], shape: []), stream: stream)
  }

  private static func numbers(_ shape: Shape, _ seed: UInt64, dtype: DType = .float32) -> Tensor {
    var generator = SplitMix64(seed: seed)
    let numbers = (0..<shape.count).map { _ in Double(Float.random(in: -1...1, using: &generator)) }
    return Tensor(numbers, shape: shape).cast(to: dtype)
  }

  /// Softmax, dropout and a product, with weights and mask in memory.
  private static func textbook(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, _ dropout: AttentionDropout, isCausal: Bool
  ) -> Tensor {
    let (n, h, t, s) = (q.shape[0], q.shape[1], q.shape[2], k.shape[2])
    var scores = batchedMatmul(q, k.transposed([0, 1, 3, 2])) / Double(q.shape[3]).squareRoot()
    if isCausal {
      let isThere =
        Tensor.indices(s).reshaped([1, s]) .<= Tensor.indices(t).reshaped([t, 1]) + Double(s - t)
      scores = select(isThere.broadcast(to: scores.shape), scores, Tensor(-1e9, dtype: q.dtype))
    }
    let numbers = randomUniform(
      [n, h, t, (s + 3) / 4 * 4], key: dropout.key, counter: dropout.counter, stream: dropout.stream)
    let isDropped = numbers[.all, .all, .all, 0..<s] .< dropout.rate
    let weights = softmax(scores) / (1 - dropout.rate)
    return batchedMatmul(select(isDropped, Tensor(0, dtype: q.dtype), weights), v)
  }

  // Several blocks and remainders of every kernel; keys that are no multiple of four; one of a few.
  private static let sizes: [(h: Int, t: Int, s: Int, d: Int)] = [
    (2, 5, 7, 3), (3, 97, 203, 33), (1, 70, 70, 16), (2, 130, 130, 64),
  ]

  @Test(
    "is softmax, the same mask and a product, and so are its gradients, on every backend",
    arguments: [false, true], sizes.indices)
  func composition(isCausal: Bool, number: Int) throws {
    let z = Self.sizes[number]
    let (queries, keys): (Shape, Shape) = ([2, z.h, z.t, z.d], [2, z.h, z.s, z.d])
    let inputs = [Self.numbers(queries, 1), Self.numbers(keys, 2), Self.numbers(keys, 3)]
    let dropout = Self.dropout(0.3)
    let dy = Self.numbers(queries, 4)
    let fused = attention(inputs[0], inputs[1], inputs[2], isCausal: isCausal, dropout: dropout)
    let wide = inputs.map { $0.cast(to: .float64) }
    let plain = Self.textbook(wide[0], wide[1], wide[2], dropout, isCausal: isCausal)
    let expected = try results(
      [plain] + gradients(of: plain, upstream: dy.cast(to: .float64), at: wide),
      on: try #require(everyBackend().first).backend)
    // Gradients of keys and values add up over the queries; roundings of as many float32 terms below 2.
    let bound = 1e-6 * Double(z.t + z.d).squareRoot() * 4
    for (name, backend) in try everyBackend() {
      let own = try results([fused] + gradients(of: fused, upstream: dy, at: inputs), on: backend)
      for (part, (a, b)) in zip(own, expected).enumerated() {
        #expect(distance(a, b) < bound, "\(name), part \(part)")
      }
    }
  }

  @Test("draws the mask of its random numbers, forward and backward, on every backend")
  func masks() throws {
    // Values that are unit vectors show the weights, and so does their gradient.
    let (n, h, t, s) = (2, 3, 37, 90)
    let (q, k) = (Self.numbers([n, h, t, s], 5), Self.numbers([n, h, s, s], 6))
    let one = (Tensor.indices(s).reshaped([s, 1]) .== Tensor.indices(s).reshaped([1, s])).cast(to: .float32)
    let v = one.broadcast(to: [n, h, s, s])
    let dropout = Self.dropout(0.4)
    let y = attention(q, k, v, dropout: dropout)
    // dV[s][c] is the weight of key s for query c, where c is a query.
    let dv = gradients(of: y, upstream: one[0..<t].broadcast(to: [n, h, t, s]), at: [v])[0]
    let shown = dv[.all, .all, .all, 0..<t].transposed([0, 1, 3, 2])
    let numbers = randomUniform(
      [n, h, t, 92], key: dropout.key, counter: dropout.counter, stream: dropout.stream)
    let isDropped = numbers[.all, .all, .all, 0..<s] .< 0.4
    for (name, backend) in try everyBackend() {
      let values = try results([y, shown, isDropped.cast(to: .float32)], on: backend)
      let expected = values[2].map { $0 == 1 }
      #expect(values[0].map { $0 == 0 } == expected, "\(name), forward")
      #expect(values[1].map { $0 == 0 } == expected, "\(name), backward")
      // 19,980 draws: the standard deviation of the fraction is 0.0035.
      #expect(abs(Double(expected.count { $0 }) / Double(n * h * t * s) - 0.4) < 0.018, "\(name)")
    }
  }

  @Test("draws another mask for another step, stream or layer, and none in evaluation")
  func draws() throws {
    let x = Self.numbers([1, 9, 8], 7)
    let q = x.reshaped([1, 1, 9, 8])
    func numbers(_ mode: Pass.Mode = .training, step: Int32 = 1, in layer: String = "a", draw: Int = 1) throws
      -> [Double]
    {
      let pass = Pass(mode, states: StateStore(), key: Self.key, counter: Tensor([step], shape: []))
      let drawn = pass.scope(layer) { (1...draw).map { _ in pass.attentionDropout(0.5) } }
      return try results([attention(q, q, q, dropout: drawn[draw - 1])], on: CPUBackend(.accelerated))[0]
    }
    let first = try numbers()
    #expect(try numbers() == first)
    let others = [
      try numbers(step: 2), try numbers(in: "b"), try numbers(draw: 2), try numbers(.evaluation),
    ]
    for other in others { #expect(other != first) }
    #expect(Set(others).count == 4)
    #expect(try results([attention(q, q, q)], on: CPUBackend(.accelerated))[0] == others[3])
    #expect(Pass(.training, states: StateStore()).attentionDropout(0)?.rate == nil)
  }

  @Test("has the gradients of finite differences in layers and networks")
  func gradientChecks() throws {
    let layers: [any Layer] = [
      MultiHeadAttention(heads: 2, bias: false, dropout: 0.3),
      MultiHeadAttention(
        heads: 4, keyValueHeads: 2, causal: true, bias: false, rotaryBase: 100, dropout: 0.3),
    ]
    for layer in layers {
      let report = try checkGradients(of: layer, input: [2, 5, 8])
      #expect(report.failures().isEmpty, "\(layer): \(report)")
    }
  }
}
