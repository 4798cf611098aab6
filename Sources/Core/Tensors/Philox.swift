import Glibc

/// The counter-based generator Philox4x32-10: four random words per counter, without state.
///
/// - SeeAlso: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
package struct Philox: Sendable {
  let key: SIMD2<UInt32>
  let counter: UInt32
  let stream: UInt32

  package init(key: SIMD2<UInt32>, counter: UInt32, stream: UInt32) {
    self.key = key
    self.counter = counter
    self.stream = stream
  }

  package init(seed: UInt64, stream: UInt32) {
    self.init(key: Philox.key(of: seed), counter: 0, stream: stream)
  }

  /// The two halves of a seed, the lower first.
  package static func key(of seed: UInt64) -> SIMD2<UInt32> {
    [UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)]
  }

  /// A stream number from a name: FNV-1a, 32 bits.
  package static func stream(named name: String) -> UInt32 {
    name.utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
  }

  /// Words 4·`block` … 4·`block` + 3 of the sequence.
  @inline(__always)
  package func words(block: UInt32) -> SIMD4<UInt32> {
    var c = SIMD4<UInt32>(block, counter, stream, 0)
    var k = key
    for _ in 0..<10 {
      let (high0, low0) = c.x.multipliedFullWidth(by: 0xD251_1F53)
      let (high1, low1) = c.z.multipliedFullWidth(by: 0xCD9E_8D57)
      c = [high1 ^ c.y ^ k.x, low1, high0 ^ c.w ^ k.y, low0]
      k &+= [0x9E37_79B9, 0xBB67_AE85]
    }
    return c
  }

  /// The multiple of 2⁻²⁴ in [0, 1) given by the upper 24 bits of a word.
  @inline(__always)
  package static func uniform(_ word: UInt32) -> Float { Float(word >> 8) * 0x1p-24 }

  /// Standard normal numbers, times a factor, by the Box–Muller method.
  func normals(_ count: Int, scaledBy factor: Float) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      fillNormals(buffer, blocks: 0..<(count + 3) / 4, scaledBy: factor)
      initialized = count
    }
  }

  /// Writes some blocks of these numbers, four each, to their positions in memory.
  package func fillNormals(
    _ memory: UnsafeMutableBufferPointer<Float>, blocks: Range<Int>, scaledBy factor: Float
  ) {
    for block in blocks {
      let w = words(block: UInt32(block))
      let pairs = (Philox.boxMuller(w.x, w.y), Philox.boxMuller(w.z, w.w))
      let four = SIMD4(pairs.0.x, pairs.0.y, pairs.1.x, pairs.1.y) * factor
      for lane in 0..<min(4, memory.count - 4 * block) { memory[4 * block + lane] = four[lane] }
    }
  }

  private static func boxMuller(_ a: UInt32, _ b: UInt32) -> SIMD2<Float> {
    let radius = (-2 * logf(Float((a >> 8) + 1) * 0x1p-24)).squareRoot()
    let angle = 2 * Float.pi * uniform(b)
    return SIMD2(cosf(angle), sinf(angle)) * radius
  }
}

/// A permutation of 0 ..< `count` for each epoch, computed one entry at a time.
///
/// A Feistel network permutes the smallest power of four that is at least `count`; results out of range are
/// permuted again until they are in range (cycle walking). That keeps it a permutation, and takes fewer than
/// four passes on average.
/// the network on average.
package struct ShuffledOrder: Sendable {
  let count: UInt32
  let halfBits: UInt32
  let key: SIMD2<UInt32>

  /// - Parameters:
  ///   - count: at least 1, at most 2³⁰.
  ///   - key: the two halves of the seed.
  package init(count: UInt32, key: SIMD2<UInt32>, epoch: UInt32) {
    self.count = count
    self.key = [key.x ^ (epoch &* 0x9E37_79B9), key.y &+ epoch]
    halfBits = ShuffledOrder.halfBits(for: count)
  }

  package static func halfBits(for count: UInt32) -> UInt32 {
    var bits: UInt32 = 1
    while UInt64(1) << (2 * bits) < UInt64(count) { bits += 1 }
    return bits
  }

  /// The number at a position, both below `count`.
  package func number(at position: UInt32) -> UInt32 {
    let mask = (UInt32(1) << halfBits) - 1
    var x = position
    repeat {
      var (left, right) = (x >> halfBits, x & mask)
      for round in UInt32(0)..<6 {
        let mixed = ShuffledOrder.mix(right ^ ((round & 1 == 0 ? key.x : key.y) &+ round &* 0x85EB_CA6B))
        (left, right) = (right, left ^ (mixed & mask))
      }
      x = left << halfBits | right
    } while x >= count
    return x
  }

  /// A bijection of 32-bit words in which every input bit affects every output bit.
  ///
  /// - SeeAlso: C. Wellons, "Prospecting for hash functions" (lowbias32).
  @inline(__always)
  private static func mix(_ word: UInt32) -> UInt32 {
    var x = word
    x = (x ^ x >> 16) &* 0x7FEB_352D
    x = (x ^ x >> 15) &* 0x846C_A68B
    return x ^ x >> 16
  }
}
