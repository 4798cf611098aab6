import CPUBackend
import Execution
import Programs
import Tensors
import TestSupport
import Testing

/// Attention beside its formula, written with matrix products and softmax.
@Suite("Attention")
struct AttentionTests {
  private static func numbers(_ shape: Shape, _ seed: UInt64) -> Tensor {
    var generator = SplitMix64(seed: seed)
    return Tensor((0..<shape.count).map { _ in Double.random(in: -1...1, using: &generator) }, shape: shape)
  }

  private func values(_ tensors: [Tensor], on backend: CPUBackend = CPUBackend(.reference)) throws
    -> [[Double]]
  {
    let outputs = tensors.enumerated().map { (name: "\($0.offset)", tensor: $0.element) }
    let executable = try backend.compile(Program("values", outputs: outputs))
    try executable.run(steps: 1)
    return try tensors.indices.map { try executable.output($0).doubles }
  }

  private func isNear(_ a: [Double], _ b: [Double], _ bound: Double) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= bound }
  }

  /// The textbook's attention, with all scores in memory; each query has a key.
  private func textbook(_ q: Tensor, _ k: Tensor, _ v: Tensor, isThere: Tensor?) -> Tensor {
    let (h, g) = (q.shape[1], k.shape[1])
    let (n, s, d) = (k.shape[0], k.shape[2], k.shape[3])
    let repeated = { (x: Tensor) in
      x.reshaped([n, g, 1, s, d]).broadcast(to: [n, g, h / g, s, d]).reshaped([n, h, s, d])
    }
    let scores = batchedMatmul(q, repeated(k).transposed([0, 1, 3, 2])) / Double(d).squareRoot()
    let shown = isThere.map { select($0, scores, Tensor(-1e9, dtype: .float64)) } ?? scores
    return batchedMatmul(softmax(shown), repeated(v))
  }

  @Test("is its formula, and so are its gradients")
  func formula() throws {
    let (q, k, v) = (
      Self.numbers([2, 4, 5, 3], 1), Self.numbers([2, 2, 7, 3], 2), Self.numbers([2, 2, 7, 3], 3)
    )
    let dy = Self.numbers([2, 4, 5, 3], 4)
    let (queries, keys) = (Tensor.indices(5).reshaped([5, 1]), Tensor.indices(7).reshaped([1, 7]))
    let some =
      (queries * 3 + keys * 5) % Tensor.full([], 4, dtype: .int32) .< Tensor.full([], 3, dtype: .int32)
    let lengths = Tensor([3, 6] as [Int32], shape: [2])
    let cases: [(fused: Tensor, isThere: Tensor?)] = [
      (attention(q, k, v), nil),
      // The last of five queries has the last of seven keys.
      (attention(q, k, v, isCausal: true), keys .<= queries + 2),
      (attention(q, k, v, mask: some), some.broadcast(to: [2, 4, 5, 7])),
      (
        attention(q, k, v, lengths: lengths),
        (keys.reshaped([1, 1, 1, 7]) .< lengths.reshaped([2, 1, 1, 1])).broadcast(to: [2, 4, 5, 7])
      ),
    ]
    for (number, (fused, isThere)) in cases.enumerated() {
      let plain = textbook(q, k, v, isThere: isThere.map { $0.broadcast(to: [2, 4, 5, 7]) })
      let pairs = [fused] + gradients(of: fused, upstream: dy, at: [q, k, v])
      let expected = try values([plain] + gradients(of: plain, upstream: dy, at: [q, k, v]))
      for (own, other) in zip(try values(pairs), expected) {
        #expect(isNear(own, other, 1e-12), "case \(number)")
      }
    }
  }

  @Test("is what its own composition says, normalizers too, with masks and without a key")
  func composition() throws {
    let (q, k, v) = (
      Self.numbers([1, 2, 4, 3], 5), Self.numbers([1, 1, 3, 3], 6), Self.numbers([1, 1, 3, 3], 7)
    )
    let mask = Self.numbers([1, 2, 4, 3], 8)
    let form = AttentionForm(scale: 0.3, isCausal: true, hasMask: true, hasDocuments: false)
    let sizes = try #require(AttentionSizes(q.shape, k.shape))
    let fused = Tensor.apply(.attention(.attention(form)), to: [q, k, v, mask])
    let results = try values([fused, form.composition(of: [q, k, v, mask], sizes)])
    #expect(isNear(results[0], results[1], 1e-14))
    // The first query has no key: zeros, and no gradient.
    let y = attention(q, k, v, mask: mask, isCausal: true)
    let gradient = gradients(of: y, upstream: Self.numbers(y.shape, 9), at: [q])[0]
    let first = try values([y[.all, .all, 0], gradient[.all, .all, 0]])
    #expect(first.joined().allSatisfy { $0 == 0 })
  }

  @Test(
    "takes the numbers of a mask that leaves keys out for what they are",
    arguments: [-Double.infinity, -1e31])
  func leftOut(_ number: Double) throws {
    let (q, k) = (Self.numbers([1, 1, 2, 3], 5), Self.numbers([1, 1, 3, 3], 6))
    let mask = Tensor([0, number, 0, number, 0, 0], shape: [2, 3])
    let isThere = Tensor([1, 0, 1, 0, 1, 1] as [Int32], shape: [2, 3]) .> 0
    let results = try values([attention(q, k, k, mask: mask), attention(q, k, k, mask: isThere)])
    #expect(results[0] == results[1])
  }

  @Test(
    "gives no number where a query has none, and only there",
    arguments: [CPUBackend.Kernels.reference, .accelerated])
  func notANumber(_ kernels: CPUBackend.Kernels) throws {
    var numbers = (0..<40 * 16).map { Float($0 % 7) }
    numbers[16 * 33] = .nan
    let (q, k) = (Tensor(numbers, shape: [1, 1, 40, 16]), Tensor.full([1, 1, 50, 16], 0.5))
    let y = try values([attention(q, k, k)], on: CPUBackend(kernels))[0]
    #expect(y.enumerated().allSatisfy { $1.isNaN == ($0 / 16 == 33) })
  }

  private func state(_ name: String, _ shape: Shape) -> State { State(name, shape, role: .data) }

  private static func dropout(_ rate: Double) -> AttentionDropout {
    AttentionDropout(
      rate, key: Tensor([Int32(5), 6], shape: [2]), counter: Tensor(0, dtype: .int32), stream: 1)
  }

  @Test("never stores scores or what drops them, forward or backward")
  func memory() throws {
    let inputs = (0..<3).map { state("x\($0)", [1, 2, 4096, 16]).value }
    for dropout in [nil, Self.dropout(0.1)] {
      let y = attention(inputs[0], inputs[1], inputs[2], isCausal: true, dropout: dropout)
      let program = try Program(
        "attention", outputs: gradients(of: (y * y).sum(), at: inputs).enumerated().map { ("\($0)", $1) })
      for kernels in [CPUBackend.Kernels.reference, .accelerated] {
        // A quarter of one head's scores, a sixteenth of what both directions would store.
        #expect(CPUBackend(kernels).planned(program).arenaByteCount < 4096 * 4096)
      }
    }
  }

  @Test("reads the parts of a projection where they lie, and makes what the next product reads")
  func views() throws {
    let (x, w) = (state("x", [12, 3 * 32]), state("w", [32, 32]))
    let parts = x.value.reshaped([2, 6, 3, 4, 8])
    let heads = (0..<3).map { parts[.all, .all, $0].transposed([0, 2, 1, 3]) }
    let y = attention(heads[0], heads[1], heads[2]).transposed([0, 2, 1, 3]).reshaped([12, 32])
    let program = try Program("block", outputs: [("y", matmul(y, w.value))])
    #expect(program.instructions.map(\.kernel.name) == ["attention", "matmul"])
    let dy = state("dy", [12, 32])
    let backward = try Program(
      "backward", outputs: [("dx", gradients(of: matmul(y, w.value), upstream: dy.value, at: [x.value])[0])])
    // The gradient by the results and its sums; its parts are the projection's gradient as they lie, and nothing is copied.
    let names = backward.instructions.map(\.kernel.name).sorted()
    #expect(names == ["attention", "attentionGradient", "matmul", "pointwise", "sum"], "\(backward)")
  }

  @Test("counts the arithmetic of the pairs that there are")
  func flops() throws {
    let (q, k) = (state("q", [3, 4, 5, 16]).value, state("k", [3, 2, 7, 16]).value)
    let flops = { (tensor: Tensor) in
      try Program("y", outputs: [("y", tensor)]).instructions.first { $0.kernel.name == "attention" }?.flops
    }
    #expect(try flops(attention(q, k, k)) == 3 * 4 * 5 * 7 * (4 * 16 + 5))
    // 3 + 4 + 5 + 6 + 7 keys of five queries.
    #expect(try flops(attention(q, k, k, isCausal: true)) == 3 * 4 * 25 * (4 * 16 + 5))
    #expect(try flops(attention(k, k, k, isCausal: true)) == 3 * 2 * 28 * (4 * 16 + 5))
    let fewer = state("fewer", [3, 2, 3, 16]).value
    #expect(try flops(attention(k, fewer, fewer, isCausal: true)) == 3 * 2 * 6 * (4 * 16 + 5))
    // And the random numbers.
    #expect(try flops(attention(q, k, k, dropout: Self.dropout(0.1))) == 3 * 4 * 5 * 7 * (4 * 16 + 25))
  }

  @Test("says in one sentence what it does not take")
  func refusals() {
    let (q, k) = (Tensor.full([2, 4, 5, 8], 1), Tensor.full([2, 2, 7, 8], 1))
    let takes =
      "takes queries [N, H, T, D], and some keys and values [N, G, S, D] with H a multiple of G, not "
    let cases: [(Tensor, String)] = [
      (attention(.full([4, 5, 8], 1), k, k), takes + "[4, 5, 8], [2, 2, 7, 8] and [2, 2, 7, 8]"),
      (attention(q, k, .full([2, 2, 6, 8], 1)), takes + "[2, 4, 5, 8], [2, 2, 7, 8] and [2, 2, 6, 8]"),
      (
        attention(q, .full([2, 2, 0, 8], 1), .full([2, 2, 0, 8], 1)),
        takes + "[2, 4, 5, 8], [2, 2, 0, 8] and [2, 2, 0, 8]"
      ),
      (
        attention(q, .full([2, 3, 7, 8], 1), .full([2, 3, 7, 8], 1)),
        takes + "[2, 4, 5, 8], [2, 3, 7, 8] and [2, 3, 7, 8]"
      ),
      (
        attention(q, .full([2, 2, 7, 9], 1), .full([2, 2, 7, 9], 1)),
        takes + "[2, 4, 5, 8], [2, 2, 7, 9] and [2, 2, 7, 9]"
      ),
      (
        attention(q, k, .full([2, 2, 7, 8], 1, dtype: .float64)),
        "takes queries, keys and values of one float type, not float32[2, 4, 5, 8], float32[2, 2, 7, 8] and "
          + "float64[2, 2, 7, 8]"
      ),
      (
        attention(q.cast(to: .bfloat16), k, k),
        "takes no bfloat16 values; cast them to float32 first"
      ),
      (
        attention(q, k, k, mask: .full([5, 6], 1)),
        "queries [2, 4, 5, 8] and keys [2, 2, 7, 8] take a mask of bool or float32 that broadcasts to [2, 4, 5, 7], "
          + "not float32[5, 6]"
      ),
      (
        attention(q, k, k, mask: .full([5, 7], 1, dtype: .int32)),
        "queries [2, 4, 5, 8] and keys [2, 2, 7, 8] take a mask of bool or float32 that broadcasts to [2, 4, 5, 7], "
          + "not int32[5, 7]"
      ),
      (
        attention(q, k, k, lengths: .full([3], 1, dtype: .int32)),
        "2 sequences need lengths int32[2], not int32[3]"
      ),
      (
        attention(q, k, k, documents: (.full([2, 5], 1, dtype: .int32), .full([2, 5], 1, dtype: .int32))),
        "2 sequences of 5 queries and 7 keys need documents int32[2, 5] and int32[2, 7], not int32[2, 5] and "
          + "int32[2, 5]"
      ),
      (
        attention(q, k, k, dropout: Self.dropout(1)), "a dropout rate is from 0 up to 1, not 1.0"
      ),
      (
        attention(
          q, k, k,
          dropout: AttentionDropout(
            0.1, key: .full([3], 1, dtype: .int32), counter: .full([], 1, dtype: .int64), stream: 1)),
        "dropout takes an int32[2] key and an int32[] counter, not int32[3] and int64[]"
      ),
      (
        attention(
          state("long", [1, 64, 1 << 14, 8]).value, state("keys", [1, 64, 1 << 15, 8]).value,
          state("values", [1, 64, 1 << 15, 8]).value, dropout: Self.dropout(0.1)),
        "the weights [1, 64, 16384, 32768] take more than the 2³⁴ random numbers of one counter; use fewer sequences at a "
          + "time"
      ),
    ]
    for (tensor, reason) in cases {
      #expect(tensor.error?.operation == "attention" && tensor.error?.reason == reason, "\(tensor)")
    }
  }
}
