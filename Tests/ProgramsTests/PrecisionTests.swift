import Programs
import Tensors
import Testing

@Suite("Products of rounded operands")
struct PrecisionTests {
  private let x = State("x", [8, 6], role: .data).value
  private let w = State("w", [6, 4], role: .weight).value
  private let v = State("v", [4, 3], role: .weight).value

  private func program(_ tensors: [Tensor]) throws -> Program {
    try Program("test", outputs: tensors.enumerated().map { ("\($0)", $1) })
  }

  private func roundings(_ program: Program) -> Int {
    program.instructions.reduce(0) { count, instruction in
      guard case .pointwise(let kernel) = instruction.kernel else { return count }
      return count
        + kernel.steps.count { if case .apply(.rounded, _) = $0.step { true } else { false } }
    }
  }

  @Test("round each tensor once for all passes, and a weight with its transpose")
  func once() throws {
    let y = matmul(x, w, precision: .bfloat16)
    // x, w and dy, of which the gradients read two each.
    let all = try program([y] + gradients(of: (y * y).sum(), at: [x, w]))
    #expect(roundings(all) == 3)
    #expect(all.instructions.count { $0.kernel.name == "matmul" } == 3)
  }

  @Test("round two layers' operands, and nothing of a product in float32")
  func chain() throws {
    let y = matmul(relu(matmul(x, w, precision: .tf32)), v, precision: .tf32)
    // x, w, dh and h, v, dy; dx is not requested.
    #expect(try roundings(program([y] + gradients(of: (y * y).sum(), at: [w, v]))) == 6)
    let z = matmul(relu(matmul(x, w)), v, precision: .tf32)
    #expect(try roundings(program([z] + gradients(of: (z * z).sum(), at: [w, v]))) == 3)
    #expect(try roundings(program([matmul(relu(matmul(x, w)), v)])) == 0)
  }

  @Test(
    "round a tensor to each of several formats, below what only moves it, and leave it as it is for others")
  func shared() throws {
    let images = State("images", [2, 4, 6], role: .data).value
    let outputs = [
      matmul(images.reshaped([8, 6]), w, precision: .bfloat16),
      matmul(images.transposed([1, 0, 2]).reshaped([8, 6]), w, precision: .float16),
      matmul(images.reshaped([8, 6]), w), relu(images),
    ]
    let all = try program(outputs)
    #expect(roundings(all) == 4)
    let precisions = all.instructions.compactMap { instruction in
      if case .matmul(let kernel) = instruction.kernel { kernel.precision } else { nil }
    }
    #expect(Set(precisions) == [.bfloat16, .float16, .float32] && precisions.count == 3)
  }

  @Test("say so in the kernels of convolutions")
  func convolution() throws {
    let images = State("images", [2, 3, 5, 5], role: .data).value
    let filters = State("filters", [4, 3, 3, 3], role: .weight).value
    let y = conv2D(images, filters, precision: .float16)
    let all = try program([y] + gradients(of: (y * y).sum(), at: [images, filters]))
    let kernels = all.instructions.compactMap { instruction in
      if case .convolution(let kernel) = instruction.kernel { kernel } else { nil }
    }
    #expect(Set(kernels.map(\.pass)).count == 3)
    #expect(kernels.allSatisfy { $0.precision == .float16 })
    #expect(roundings(all) == 3)
  }
}
