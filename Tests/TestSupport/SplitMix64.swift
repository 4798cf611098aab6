/// A deterministic random number generator.
///
/// - SeeAlso: Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators".
package struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// The bytes with one to eight random changes, and sometimes a section removed or duplicated.
  package mutating func mutation(of bytes: [UInt8]) -> [UInt8] {
    var result = bytes
    for _ in 0..<Int.random(in: 1...8, using: &self) {
      // Every second change is near the start, where headers are.
      let end = Bool.random(using: &self) ? min(64, result.count) : result.count
      result[Int.random(in: 0..<end, using: &self)] = UInt8.random(in: 0...255, using: &self)
    }
    let start = Int.random(in: 0..<result.count, using: &self)
    let piece = start..<Int.random(in: start...min(start + 600, result.count), using: &self)
    switch Int.random(in: 0..<8, using: &self) {
    case 0: result.removeSubrange(piece)
    case 1: result.insert(contentsOf: Array(result[piece]), at: start)
    default: break
    }
    return result
  }
}
