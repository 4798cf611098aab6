import MessagePassing
import Testing

@Suite("Numbers of 16 bits")
struct BFloat16Tests {
  @Test("are the nearest, ties to even; NaN and infinity stay")
  func nearest() {
    func bits(_ pattern: UInt32) -> UInt16 { BFloat16(Float(bitPattern: pattern)).bits }
    #expect(bits(0x3F80_0000) == 0x3F80)
    // Just below, at and just above the middle of two numbers, of which the first is even, then the second.
    #expect([0x3F80_7FFF, 0x3F80_8000, 0x3F80_8001].map(bits) == [0x3F80, 0x3F80, 0x3F81])
    #expect([0x3F81_7FFF, 0x3F81_8000, 0x3F81_8001].map(bits) == [0x3F81, 0x3F82, 0x3F82])
    #expect(bits(0x3FFF_FFFF) == 0x4000)
    #expect(
      [0x7F7F_7FFF, 0x7F7F_FFFF, 0x7F80_0000, 0xFF80_0000].map(bits) == [0x7F7F, 0x7F80, 0x7F80, 0xFF80])
    for pattern: UInt32 in [0x7F80_0001, 0x7FC0_0000, 0x7FFF_FFFF, 0xFFFF_FFFF] {
      #expect(BFloat16(Float(bitPattern: pattern)).float.isNaN)
    }
    #expect([0, 0x8000_0000, 1, 0x0000_8001].map(bits) == [0, 0x8000, 0, 1])
  }

  @Test("are converted and added in rows of any length, in place too")
  func rows() {
    for count in [0, 1, 7, 16, 33, 1000] {
      let floats = (0..<count).map { Float($0) * 0.37 - 100 }
      var numbers = [BFloat16](repeating: BFloat16(.nan), count: count)
      var sums = numbers
      var back = [Float](repeating: .nan, count: count)
      BFloat16.convert(floats, into: &numbers, count)
      BFloat16.convert(numbers, into: &back, count)
      sums.withUnsafeMutableBufferPointer { sums in
        guard let base = sums.baseAddress else { return }
        base.update(from: numbers, count: count)
        BFloat16.add(base, numbers, into: base, count)
      }
      for index in 0..<count {
        #expect(numbers[index].bits == BFloat16(floats[index]).bits)
        #expect(back[index] == numbers[index].float)
        #expect(abs(back[index] - floats[index]) <= abs(floats[index]) / 256)
        #expect(sums[index].float == 2 * back[index])
      }
    }
  }
}
