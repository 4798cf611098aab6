import CPUBackend
import Execution
@testable import Programs
import Tensors
import Testing

@Suite("Parts of one value that are added")
struct JoinPartsTests {
  private static func part(of shape: Shape, from start: [Int], _ extents: Shape) -> View? {
    let after = start.indices.map { shape[$0] - start[$0] - extents[$0] }
    return View(of: shape).moved(.slice(start: start, shape: extents))?.moved(
      .pad(before: start, after: after))
  }

  @Test("are a view of it if they lie beside each other")
  func views() throws {
    let left = try #require(Self.part(of: [4, 6], from: [0, 0], [4, 2]))
    let middle = try #require(Self.part(of: [4, 6], from: [0, 2], [4, 1]))
    let right = try #require(Self.part(of: [4, 6], from: [0, 3], [4, 3]))
    let joined = try #require(left.joined(with: middle))
    #expect(joined.bounds == [0..<4, 0..<3])
    #expect(joined.joined(with: right) == View(of: [4, 6]))
    #expect(right.joined(with: joined) == View(of: [4, 6]))
    #expect(left.joined(with: right) == nil)
    let lower = try #require(Self.part(of: [4, 6], from: [2, 0], [2, 2]))
    #expect(lower.joined(with: middle) == nil)
  }

  @Test("are computed if they are of other places of it")
  func others() throws {
    // Both halves show the same two columns.
    let left = try #require(Self.part(of: [4, 4], from: [0, 0], [4, 2]))
    let again = try #require(
      View(of: [4, 4]).moved(.slice(start: [0, 0], shape: [4, 2]))?.moved(
        .pad(before: [0, 2], after: [0, 0])))
    #expect(left.joined(with: again) == nil)
  }

  @Test("have other axes without a copy where these are runs of memory")
  func axes() throws {
    let view = try #require(View(of: [2, 3, 4, 5]).moved(.slice(start: [0, 0, 1, 0], shape: [2, 3, 2, 5])))
    let rows = try #require(view.moved(.reshape([6, 10])))
    #expect(rows.strides == [20, 1] && rows.offset == 5)
    #expect(view.moved(.reshape([3, 1, 20])) == nil)
    let parts = try #require(rows.moved(.reshape([3, 2, 1, 5, 2])))
    #expect(parts.strides == [40, 20, 0, 2, 1])
  }

  /// Self-attention from one projection, heads in groups.
  private func program(_ groups: Int) throws -> Program {
    let (n, t, h, d) = (2, 5, 4, 3)
    let x = State("x", [n * t, 6], role: .data, initial: .normal(standardDeviation: 1))
    let w = State("w", [6, (h + 2 * groups) * d], role: .data, initial: .normal(standardDeviation: 1))
    let all = matmul(x.value, w.value).reshaped([n, t, h + 2 * groups, d]).transposed([0, 2, 1, 3])
    func part(_ start: Int, _ count: Int) -> Tensor { all.sliced(from: [0, start, 0, 0], [n, count, t, d]) }
    let y = attention(part(0, h), part(h, groups), part(h + groups, groups), isCausal: true)
    let gradients = gradients(of: (y * y).sum(), at: [x.value, w.value])
    return try Program("test", outputs: [("dx", gradients[0]), ("dw", gradients[1])])
  }

  @Test("are the gradient of a projection, and no kernel of their own", arguments: [4, 2, 1])
  func attentionGradient(groups: Int) throws {
    let program = try program(groups)
    let without = program.rewritten(by: Rewrite.ofLowering.subtracting([.joinParts]))
    #expect(program.rewriteCounts[.joinParts] == 2)
    #expect(program.instructions.count < without.instructions.count)
    func outputs(_ program: Program) throws -> [TensorValues] {
      let executable = try CPUBackend(.reference, seed: 3).compile(program)
      try executable.run(steps: 1)
      return try program.outputs.indices.map { try executable.output($0) }
    }
    #expect(try outputs(program) == outputs(without))
  }
}
