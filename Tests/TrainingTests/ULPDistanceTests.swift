import Diagnostics
import TestSupport
import Testing

@testable import Training

@Suite("Distances in units in the last place")
struct ULPDistanceTests {
  @Test("count the numbers from one to the other")
  func steps() {
    var generator = SplitMix64(seed: 7)
    for _ in 0..<200 {
      let start = Float(bitPattern: UInt32.random(in: 0..<0x7F00_0000, using: &generator))
      let count = Int.random(in: 0..<40, using: &generator)
      let end = (0..<count).reduce(start) { x, _ in x.nextUp }
      #expect(ulpDistance(start, end) == UInt64(count) && ulpDistance(end, start) == UInt64(count))
      #expect(ulpDistance(-start, -end) == UInt64(count))
    }
  }

  @Test("go across zero through the subnormal numbers")
  func zero() {
    let least = Float.leastNonzeroMagnitude
    #expect(
      ulpDistance(0 as Float, -0.0) == 0 && ulpDistance(least, 0) == 1 && ulpDistance(least, -least) == 2)
    #expect(ulpDistance(Float.leastNormalMagnitude, 0) == 0x80_0000)
    #expect(ulpDistance(Float.leastNormalMagnitude, -.leastNormalMagnitude) == 0x100_0000)
    #expect(ulpDistance(1 as Float, -1) == 2 * 0x3F80_0000)
  }

  @Test("end at infinity, and know no way from a NaN to a number")
  func ends() {
    #expect(ulpDistance(Float.greatestFiniteMagnitude, .infinity) == 1)
    #expect(ulpDistance(Float.infinity, .infinity) == 0)
    #expect(ulpDistance(Float.infinity, -.infinity) == 0xFF00_0000)
    #expect(ulpDistance(Float.nan, .nan) == 0 && ulpDistance(Float.nan, -.nan) == 0)
    #expect(ulpDistance(Float.nan, 1) == nil && ulpDistance(-Float.infinity, .nan) == nil)
  }

  @Test("are finer in float64")
  func float64() {
    #expect(ulpDistance(1.0, 1.0.nextUp) == 1 && ulpDistance(1.0, Double(Float(1).nextUp)) == 1 << 29)
    #expect(ulpDistance(Double.leastNonzeroMagnitude, -.leastNonzeroMagnitude) == 2)
    #expect(ulpDistance(Double.infinity, -.infinity) == 0xFFE0_0000_0000_0000 as UInt64)
    #expect(ulpDistance(Double.greatestFiniteMagnitude, .infinity) == 1 && ulpDistance(Double.nan, 0) == nil)
  }
}
