import Programs
import Tensors
import Testing

@Suite("A printed program")
struct PrintingTests {
  @Test("lists kernels by level, with their operands, places, chains and layers")
  func listing() throws {
    let (x, w) = (State("x", [2, 3], role: .data), State("w", [3, 4], role: .weight))
    let pass = Pass(.training, states: StateStore())
    let y = pass.scope("0", kind: "Dense") { matmul(x.value, w.value) }
    let program = try Program(
      "step", outputs: [("loss", (relu(y) * 2).sum())],
      assignments: [Assignment(w, w.value - 0.5 * w.value)]
    ).placed()
    let lines = program.description.split(separator: "\n").map(String.init)
    #expect(lines.first == "program step")
    let product = try #require(lines.first { $0.contains("matmul") })
    #expect(product.contains("level 0"))
    #expect(product.contains("float32[2, 4] @"))
    #expect(product.contains("= matmul(x, w)"))
    #expect(product.hasSuffix("0 (Dense)"))
    let chain = try #require(lines.first { $0.contains("relu") })
    #expect(chain.contains("level 1"))
    #expect(chain.contains("{ r1 = relu(r0); r2 = 2.0; r3 = multiply(r1, r2); store r3 }"))
    let update = try #require(lines.first { $0.contains("subtract") })
    #expect(update.contains("w float32[3, 4] = pointwise(w)"))
    #expect(lines.contains { $0.hasPrefix("  result loss = %") })
    #expect(lines.last?.contains("4 kernels on 3 levels") == true)
    #expect(lines.last?.hasSuffix("arena of \(program.arenaByteCount) bytes") == true)
  }

  @Test("is the same however often it is planned")
  func stability() throws {
    for seed in 0..<20 {
      let listings = try (0..<3).map { _ in
        let graph = RandomGraph(seed: UInt64(seed))
        return try Program("step", outputs: graph.outputs, assignments: graph.assignments).description
      }
      #expect(Set(listings).count == 1)
    }
  }

  @Test("counts arithmetic and bytes")
  func costs() throws {
    let (a, b) = (State("a", [2, 3], role: .data), State("b", [3, 4], role: .data))
    let program = try Program("test", outputs: [("y", matmul(a.value, b.value))])
    #expect(program.flops == 2 * 2 * 3 * 4)
    #expect(program.byteTraffic == 4 * (6 + 12 + 8))
  }
}
