import Tensors
import TestSupport
import Testing

/// An independent implementation of Philox4x32-10 from the paper, with all four words of its counter.
private func philox(_ counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
  var (c, k) = (counter, key)
  for round in 0..<10 {
    if round > 0 { k = k &+ SIMD2(0x9E37_79B9, 0xBB67_AE85) }
    let left = UInt64(0xD251_1F53) * UInt64(c[0])
    let right = UInt64(0xCD9E_8D57) * UInt64(c[2])
    c = SIMD4(
      UInt32(right >> 32) ^ c[1] ^ k[0], UInt32(truncatingIfNeeded: right),
      UInt32(left >> 32) ^ c[3] ^ k[1], UInt32(truncatingIfNeeded: left))
  }
  return c
}

@Suite("Philox")
struct PhiloxTests {
  // Random123, tests/kat_vectors, philox4x32 10.
  @Test(
    "gives the published words",
    arguments: [
      (SIMD4(repeating: 0), SIMD2(repeating: 0), SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8)),
      (
        SIMD4(repeating: 0xFFFF_FFFF), SIMD2(repeating: 0xFFFF_FFFF),
        SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD)
      ),
      (
        SIMD4(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344), SIMD2(0xA409_3822, 0x299F_31D0),
        SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1)
      ),
    ] as [(SIMD4<UInt32>, SIMD2<UInt32>, SIMD4<UInt32>)])
  func knownAnswers(_ counter: SIMD4<UInt32>, _ key: SIMD2<UInt32>, _ words: SIMD4<UInt32>) {
    #expect(philox(counter, key: key) == words)
    // Lemnos keeps the last word of the counter at zero: block, counter, stream, 0.
    var ours = counter
    ours[3] = 0
    let generator = Philox(key: key, counter: counter[1], stream: counter[2])
    #expect(generator.words(block: counter[0]) == philox(ours, key: key))
  }

  @Test("gives the same words as the paper's for any counter and key")
  func anyCounter() {
    var generator = SplitMix64(seed: 231)
    for _ in 0..<200 {
      let w = (0..<5).map { _ in UInt32.random(in: .min ... .max, using: &generator) }
      let ours = Philox(key: [w[0], w[1]], counter: w[2], stream: w[3]).words(block: w[4])
      #expect(ours == philox(SIMD4(w[4], w[2], w[3], 0), key: SIMD2(w[0], w[1])), "\(w)")
    }
  }

  @Test("takes a seed's halves as its key, the lower first")
  func seeds() {
    #expect(Philox.key(of: 0x0123_4567_89AB_CDEF) == [0x89AB_CDEF, 0x0123_4567])
  }

  @Test("numbers are multiples of 2⁻²⁴ in [0, 1)")
  func uniform() {
    #expect(Philox.uniform(0) == 0)
    #expect(Philox.uniform(0xFF) == 0)
    #expect(Philox.uniform(0x100) == 0x1p-24)
    #expect(Philox.uniform(.max) == 1 - 0x1p-24)
  }

  @Test("has a stream for each name")
  func streams() {
    // FNV-1a, from its authors' test suite (isthe.com/chongo/tech/comp/fnv).
    #expect(Philox.stream(named: "") == 0x811C_9DC5)
    #expect(Philox.stream(named: "a") == 0xE40C_292C)
    #expect(Philox.stream(named: "foobar") == 0xBF9C_F968)
  }

  private func normals(_ name: String, _ shape: Shape, seed: UInt64, _ dtype: DType = .float32) -> [Double] {
    let initial = InitialValue.normal(standardDeviation: 0.5)
    let state = State(name, shape, dtype: dtype, role: .weight, initial: initial)
    return state.initial.values(for: state, seed: seed).doubles
  }

  @Test("starts states of the same name alike, and others otherwise, whatever other states there are")
  func initialValues() {
    let a = normals("0.weight", [3, 5], seed: 1)
    #expect(normals("0.weight", [3, 5], seed: 1) == a)
    #expect(normals("0.weight", [15], seed: 1, .float64) == a)
    #expect(Array(normals("0.weight", [64], seed: 1).prefix(15)) == a)
    #expect(normals("2.weight", [3, 5], seed: 1) != a)
    #expect(normals("0.weight", [3, 5], seed: 2) != a)
    #expect(normals("0.weight", [3, 5], seed: 1 << 32 | 1) != a)
  }

  @Test("makes normal numbers of the right moments")
  func moments() {
    let count = 100_000
    let z = normals("w", [count], seed: 231).map { $0 / 0.5 }
    let mean = z.reduce(0, +) / Double(count)
    let moment = { (k: Int) in
      z.reduce(0) { total, x in total + (0..<k).reduce(1) { product, _ in product * (x - mean) } }
        / Double(count)
    }
    // Four standard errors: 1/√n, √(2/n), √(15/n) and √(96/n).
    let error = 4 / Double(count).squareRoot()
    #expect(abs(mean) < error)
    #expect(abs(moment(2) - 1) < error * 1.5)
    #expect(abs(moment(3)) < error * 3.9)
    #expect(abs(moment(4) - 3) < error * 9.8)
    #expect(z.allSatisfy { $0.isFinite })
    // √(−2 ln 2⁻²⁴) is the largest value that 24 bits can give.
    #expect(z.allSatisfy { abs($0) < 5.78 })
  }
}

@Suite("A shuffled order")
struct ShuffledOrderTests {
  @Test("visits every number once in each epoch", arguments: [1, 2, 3, 4, 5, 16, 17, 64, 100, 1009, 5400])
  func permutation(_ count: UInt32) {
    let all = Array(0..<count)
    for epoch in [0, 1, 2, 7, 4_000_000_000] as [UInt32] {
      let order = ShuffledOrder(count: count, key: [12_345, 67_890], epoch: epoch)
      #expect(all.map { order.number(at: $0) }.sorted() == all, "epoch \(epoch)")
    }
  }

  @Test("differs from epoch to epoch and from key to key", arguments: [64, 100, 1009, 5400] as [UInt32])
  func epochs(_ count: UInt32) {
    func order(_ key: SIMD2<UInt32>, _ epoch: UInt32) -> [UInt32] {
      let order = ShuffledOrder(count: count, key: key, epoch: epoch)
      return (0..<count).map { order.number(at: $0) }
    }
    let orders = (0..<20).map { order([1, 2], $0) } + [order([2, 2], 0), order([1, 3], 0)]
    #expect(Set(orders).count == orders.count)
    // A random permutation has one fixed point on average; thirty have a probability below 10⁻³².
    for order in orders { #expect(order.enumerated().count { $0 == Int($1) } < 30) }
    #expect(!orders.contains(Array(0..<count)))
  }

  @Test("puts each number anywhere alike")
  func evenness() {
    // The positions of number 0 over 6,400 epochs of 64: 100 times in each place, give or take 10.
    var found = [Int](repeating: 0, count: 64)
    for epoch in 0..<UInt32(6400) {
      let order = ShuffledOrder(count: 64, key: [5, 6], epoch: epoch)
      found[Int(order.number(at: 0))] += 1
    }
    let chiSquare = found.reduce(0.0) { $0 + Double(($1 - 100) * ($1 - 100)) / 100 }
    // 63 degrees of freedom: mean 63, standard deviation 11.2; five of them.
    #expect(chiSquare < 63 + 5 * 11.3)
  }
}
