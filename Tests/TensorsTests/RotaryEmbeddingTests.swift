import CPUBackend
import Execution
import Foundation
import Programs
import Tensors
import Testing

@Suite("Rotary position embedding")
struct RotaryEmbeddingTests {
  private func values(_ tensor: Tensor) throws -> [Double] {
    let executable = try CPUBackend(.reference).compile(Program("values", outputs: [("value", tensor)]))
    try executable.run(steps: 1)
    return try executable.output(0).doubles
  }

  @Test("turns pairs of channels by angles that grow with the position")
  func angles() throws {
    let rotary = RotaryEmbedding(positions: 5, channels: 4, base: 100, dtype: .float64)
    let x = Tensor((0..<12).map { Double($0) + 0.5 }, shape: [1, 3, 4])
    let y = try values(rotary(x))
    for t in 0..<3 {
      for pair in 0..<2 {
        // 100^(−2 · 0 / 4) and 100^(−2 · 1 / 4).
        let angle = Double(t) * [1, 0.1][pair]
        let (a, b) = (Double(4 * t + pair) + 0.5, Double(4 * t + pair + 2) + 0.5)
        #expect(abs(y[4 * t + pair] - (a * cos(angle) - b * sin(angle))) < 1e-14)
        #expect(abs(y[4 * t + pair + 2] - (b * cos(angle) + a * sin(angle))) < 1e-14)
      }
    }
    let later = Tensor([2, 4, 3] as [Int32], shape: [3])
    let shifted = try values(rotary(x, at: later))
    let expected = (1.5 * cos(0.2) - 3.5 * sin(0.2), 0.5 * cos(2) - 2.5 * sin(2))
    #expect(abs(shifted[1] - expected.0) < 1e-14 && abs(shifted[0] - expected.1) < 1e-14)
  }

  @Test("makes products of queries and keys depend on their distance alone")
  func distance() throws {
    let rotary = RotaryEmbedding(positions: 4096, channels: 8, dtype: .float64)
    let (q, k) = (
      Tensor([1, -2, 3, 0.5, -1, 2, 0.25, 1], shape: [1, 8]),
      Tensor([0.5, 1, -1, 2, 3, 1, -2, 0.5], shape: [1, 8])
    )
    func product(_ query: Int32, _ key: Int32) throws -> Double {
      let (a, b) = (rotary(q, at: Tensor([query], shape: [1])), rotary(k, at: Tensor([key], shape: [1])))
      return try values((a * b).sum())[0]
    }
    let near = try product(7, 3)
    #expect(try abs(product(4095, 4091) - near) < 1e-11)
    #expect(try abs(product(7, 4) - near) > 0.1)
  }

  @Test("says in one sentence what it does not take")
  func refusals() {
    let rotary = RotaryEmbedding(positions: 4, channels: 6)
    let takes = "for 4 positions of 6 channels takes float32 […, T, 6], not "
    #expect(rotary(.full([2, 5, 6], 1)).error?.reason == takes + "float32[2, 5, 6]")
    #expect(rotary(.full([2, 4, 8], 1)).error?.reason == takes + "float32[2, 4, 8]")
    #expect(rotary(.full([4, 6], 1, dtype: .float64)).error?.reason == takes + "float64[4, 6]")
    let places = Tensor([0, 1, 2] as [Int32], shape: [3])
    #expect(rotary(.full([4, 6], 1), at: places).error?.reason == takes + "float32[4, 6] at [3]")
    let odd = RotaryEmbedding(positions: 4, channels: 7)(.full([4, 7], 1))
    #expect(odd.error?.operation == "rotaryEmbedding")
    #expect(odd.error?.reason.hasSuffix("not 4, 7 and 10000.0 in float32") == true)
  }
}
