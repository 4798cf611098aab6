import Layers
import Programs
import Tensors
import Testing

@Suite("Fused programs")
struct FusedTests {
  private let x = State("x", [64, 48], role: .data).value
  private let w = State("w", [48, 32], role: .weight).value
  private let b = State("b", [32], role: .bias).value

  /// The kernels after fusion; several kernels in one dispatch are joined by "|".
  private func kernels(
    _ tensors: [Tensor], _ assignments: [Assignment] = [], maximumBuffers: Int = 32
  ) throws -> [String] {
    let outputs = tensors.enumerated().map { (name: "\($0)", tensor: $1) }
    return try Program("test", outputs: outputs, assignments: assignments)
      .fused(by: FusionPolicy(maximumBuffers: maximumBuffers)).instructions.map(\.kernel.composition)
  }

  @Test("take along what is done to a product")
  func epilogue() throws {
    #expect(try kernels([relu(matmul(x, w) + b)]) == ["matmul + pointwise"])
    // A product with other readers is stored, and still not read back.
    let y = matmul(x, w)
    #expect(try kernels([y, relu(y + b)]) == ["matmul + pointwise"])
  }

  @Test("do not lead out and back in")
  func wayBack() throws {
    let y = matmul(x, w)
    // The second product depends on the first, and its reader on the second.
    let z = matmul(y.transposed(), x)
    #expect(try kernels([y * z.sum()]) == ["matmul", "matmul", "sum + pointwise"])
    // A reader that does not depend on the second product is fused with the first.
    #expect(try kernels([z, relu(y)]) == ["matmul + pointwise", "matmul"])
  }

  @Test("normalize in one kernel, forwards and backwards")
  func normalization() throws {
    let pass = Pass(.training, states: StateStore())
    let gradient = State("dy", [64, 48], role: .data).value
    let y = BatchNorm().forward(x, in: pass)
    let forward = try kernels([y], pass.assignments)
    #expect(forward.count == 1)
    let backward = try kernels(gradients(of: (relu(y) * gradient).sum(), at: [x]), pass.assignments)
    #expect(backward.count == 1)
  }

  @Test("sum images channel by channel where they lie")
  func sumInPlace() throws {
    let images = State("images", [4, 3, 5, 5], role: .data).value
    #expect(try kernels([images.sum([0, 2, 3])]) == ["sum"])
    #expect(try kernels([(images * images).sum([0, 2, 3])]) == ["pointwise + sum"])
  }

  @Test("split long sums to one number, and only those")
  func longSums() throws {
    let long = State("long", [100, 100], role: .data).value
    #expect(try kernels([(long * long).sum()]) == ["pointwise + sum", "sum"])
    // 10,007 is a prime.
    #expect(try kernels([State("prime", [10_007], role: .data).value.sum()]) == ["sum"])
  }

  @Test("cut deep products of few tiles into parts where workgroups are wanted")
  func depthParts() throws {
    let (tall, wide) = (State("t", [8, 1024], role: .data).value, State("v", [1024, 8], role: .data).value)
    let program = try Program("test", outputs: [("y", relu(matmul(tall, wide)))])
    let cut = program.fused(by: FusionPolicy(maximumBuffers: 32, splitK: .init(groups: 256)))
    #expect(cut.instructions.count == 2)
    #expect(cut.values[cut.instructions[0].outputs[0]].type.shape == [8, 8, 8])
    #expect(program.fused(by: FusionPolicy(maximumBuffers: 32)).instructions.count == 1)
  }

  @Test("put what does not depend on one another into one dispatch")
  func sharedDispatches() throws {
    let other = State("other", [7], role: .data).value
    #expect(try kernels([exp(other), x.sum([0])]) == ["pointwise | sum"])
    #expect(try kernels([matmul(x, w), matmul(w, w.transposed())]) == ["matmul | matmul"])
  }

  @Test("touch no more pieces of memory at once than a device allows", arguments: [4, 6, 12])
  func maximumBuffers(_ limit: Int) throws {
    let states = (0..<8).map { State("s\($0)", [9], role: .data) }
    let mixed = states.dropFirst().reduce(states[0].value) { $0 * $1.value + exp($0) }
    let program = try Program(
      "test", outputs: [("y", mixed)],
      assignments: states.map { Assignment($0, relu($0.value)) })
    for instruction in program.fused(by: FusionPolicy(maximumBuffers: limit)).instructions {
      if case .fused(let kernel) = instruction.kernel,
        kernel.fusionGroups.count > 1 || kernel.fusionGroups[0].parts.count > 1
      {
        #expect(kernel.buffers.count <= limit)
      }
    }
  }

  @Test("are fewer kernels, and the same ones each time", arguments: 0..<40)
  func deterministic(_ seed: Int) throws {
    let graph = RandomGraph(seed: UInt64(seed))
    let program = try Program("random", outputs: graph.outputs, assignments: graph.assignments)
    let fused = program.fused(by: FusionPolicy(maximumBuffers: 32))
    #expect(fused.instructions.count <= program.instructions.count)
    #expect(fused.outputs.map(\.name) == program.outputs.map(\.name))
    // Deterministic: no order is taken from a set.
    #expect(program.fused(by: FusionPolicy(maximumBuffers: 32)).description == fused.description)
  }
}
