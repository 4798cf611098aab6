#if VULKAN
import Devices
import Programs
import Tensors
import TestSupport
import Testing

@Suite("A model of cards")
struct CardModelTests {
  private func card(_ name: String) throws -> CardModel {
    try #require(CardModel.all.first { $0.name == name })
  }

  private func predicted(_ y: Tensor, _ card: String) throws -> StepPrediction {
    let program = try Program("test", outputs: [("y", y)])
    return try StepPrediction(of: program, on: self.card(card)) { _, instruction in instruction.label }
  }

  private func product(_ side: Int, _ precision: Precision = .float32) -> Tensor {
    matmul(
      State("a", [side, side], role: .data).value, State("b", [side, side], role: .data).value,
      precision: precision)
  }

  @Test("takes as long for a large product as its arithmetic, and for a copy as its bytes")
  func bounds() throws {
    // 128 × 128 results a workgroup: 1,024 of them are 8 rounds of the 128 multiprocessors.
    let large = try predicted(product(4096), "rtx4090")
    let kernel = try #require(large.kernels.first)
    #expect(large.kernels.count == 1 && kernel.bound == .arithmetic && !kernel.usesMatrixUnits)
    let arithmetic = 2 * 4096.0 * 4096 * 4096 / (82.6e12 * 0.75)
    #expect(abs(kernel.seconds / arithmetic - 1) < 1e-9)
    #expect(abs(large.seconds - kernel.seconds - 4e-6) < 1e-12)
    let x = State("x", [1 << 24], role: .data).value
    let copied = try predicted(x + 1, "rtx4090")
    #expect(copied.kernels.map(\.bound) == [.memory])
    #expect(abs(copied.kernels[0].seconds / (2 * 4 * Double(1 << 24) / (1008e9 * 0.8)) - 1) < 1e-9)
    #expect(
      try predicted(State("x", [100], role: .data).value + 1, "rtx4090").kernels.map(\.bound) == [.start])
  }

  @Test("uses matrix units where the card has them")
  func units() throws {
    let exact = try predicted(product(2048), "h200").seconds
    let narrow = try predicted(product(2048, .float16), "h200")
    #expect(narrow.kernels.contains(where: \.usesMatrixUnits) && narrow.seconds < exact / 3)
    #expect(try !predicted(product(2048, .float16), "arc-a770").kernels.contains(where: \.usesMatrixUnits))
  }

  @Test("knows cards by what their drivers call them")
  func names() {
    for (name, card) in [
      ("Vulkan device 0, AMD Radeon RX 7900 XTX (RADV NAVI31) (radv Mesa 26.1.6)", "rx7900xtx"),
      ("Vulkan device 1, NVIDIA GeForce RTX 4090 (NVIDIA 580.1)", "rtx4090"),
      ("Vulkan device 0, NVIDIA H200 (NVIDIA 570.1)", "h200"),
    ] {
      #expect(CardModel(of: name)?.name == card)
    }
    #expect(CardModel(of: "Vulkan device 0, llvmpipe (LLVM 15.0.6, 256 bits)") == nil)
    #expect(Set(CardModel.all.map(\.name)).count == CardModel.all.count)
  }
}
#endif
