import CPUBackend
import Execution
import Programs
import Tensors
import TestSupport
import Testing

#if VULKAN
import VulkanBackend
#endif

@Suite("Rewrites")
struct RewriteTests {
  /// The outputs of two steps' end, and all states afterwards.
  private func run(_ graph: RandomGraph, _ program: Program, on backend: any Backend) throws -> [TensorValues]
  {
    let executable = try backend.compile(program)
    try (executable as? any InspectableExecutable)?.fillArena(with: 0xFF)
    try executable.run(steps: 2)
    return try graph.outputs.indices.map { try executable.output($0) }
      + graph.states.map { try backend.read($0) }
  }

  private func program(_ seed: Int) throws -> (graph: RandomGraph, program: Program) {
    let graph = RandomGraph(seed: UInt64(seed))
    return (graph, try Program("random", outputs: graph.outputs, assignments: graph.assignments))
  }

  /// As in `RandomProgramTests`: 40 roundings of at most 6e-8, hardly amplified.
  private func agree(_ found: [TensorValues], _ reference: [TensorValues]) -> Bool {
    zip(found, reference).allSatisfy { found, expected in
      zip(found.doubles, expected.doubles).allSatisfy { abs($0 - $1) <= 2.4e-6 }
    }
  }

  @Test("change no result of random programs, each left out in turn", arguments: Rewrite.allCases)
  func leftOut(_ rewrite: Rewrite) throws {
    for seed in 0..<80 {
      let (graph, program) = try program(seed)
      let reference = try run(graph, program, on: CPUBackend(.reference))
      let backend = CPUBackend(guardByteCount: 0, withoutRewrites: [rewrite])
      #expect(backend.planned(program).rewriteCounts[rewrite] == nil)
      #expect(agree(try run(graph, program, on: backend), reference), "\(seed)\n\(backend.planned(program))")
    }
  }

  @Test("change no result of random programs, all left out")
  func allLeftOut() throws {
    for seed in 0..<80 {
      let (graph, program) = try program(seed)
      let reference = try run(graph, program, on: CPUBackend(.reference))
      let backend = CPUBackend(guardByteCount: 0, withoutRewrites: Set(Rewrite.allCases))
      #expect(backend.planned(program).rewriteCounts == [:])
      #expect(agree(try run(graph, program, on: backend), reference), "\(seed)")
    }
  }

  #if VULKAN
  @Test(
    "change no result on Vulkan, each left out of programs that it is applied to",
    .enabled(if: VulkanUnderTest.missing == nil), arguments: Rewrite.allCases)
  func vulkan(_ rewrite: Rewrite) throws {
    let usual = try VulkanBackend(cache: nil)
    let backend = try VulkanBackend(cache: nil, withoutRewrites: [rewrite])
    var count = 0
    for seed in 0..<120 where count < 6 {
      let (graph, program) = try program(seed)
      guard usual.planned(program).rewriteCounts[rewrite, default: 0] > 0 else { continue }
      count += 1
      let reference = try run(graph, program, on: CPUBackend(.reference))
      #expect(agree(try run(graph, program, on: backend), reference), "\(seed)\n\(backend.planned(program))")
    }
  }
  #endif

  // MARK: Bits

  private static func state(_ name: String, _ shape: Shape) -> State {
    State(name, shape, role: .data, initial: .normal(standardDeviation: 1))
  }

  /// The outputs by the reference's kernels, with and without a rewrite of graphs.
  private func bits(_ program: Program, _ rewrite: Rewrite) throws -> (
    with: [TensorValues], without: [TensorValues]
  ) {
    func outputs(_ rewrites: Set<Rewrite>) throws -> [TensorValues] {
      let executable = try CPUBackend(.reference, seed: 3).compile(program.rewritten(by: rewrites))
      try executable.run(steps: 1)
      return try program.outputs.indices.map { try executable.output($0) }
    }
    let all: Set<Rewrite> = [.roundBeforeMovement, .foldConstants, rewrite]
    #expect(program.rewritten(by: all).rewriteCounts[rewrite, default: 0] > 0)
    return try (outputs(all), outputs(all.subtracting([rewrite])))
  }

  @Test("of masks around max pooling leave all bits as they are", arguments: [[2, 2], [1, 2]])
  func masks(stride: [Int]) throws {
    let (x, w) = (Self.state("x", [2, 3, 9, 8]), Self.state("w", [4, 3, 3, 3]))
    // With a stride of 1, windows overlap and elements are the greatest of several.
    let y = relu(conv2D(x.value, w.value))
    let pooled = maxPool2D(y, window: [2, 3], WindowGeometry(stride: stride, padding: [0, 1, 1, 1]))
    let gradients = gradients(of: (pooled * pooled).sum(), at: [x.value, w.value])
    let program = try Program(
      "test", outputs: [("pooled", pooled), ("dx", gradients[0]), ("dw", gradients[1])])
    let (with, without) = try bits(program, .maskBeforePooling)
    #expect(with == without)
    let kernels = program.rewritten(by: [.maskBeforePooling]).instructions.map(\.kernel.name)
    // The mask is of the maxima: the second use of their kernel is the forward pass's.
    #expect(kernels.count { $0 == "maxPool2DPick" } == 1 && kernels.count { $0 == "maxPool2DGradient" } == 1)
  }

  @Test(
    "of sums over scattered gradients add up what is scattered", arguments: [[0, 2, 3], [2, 3], [1, 2, 3]])
  func scattered(axes: [Int]) throws {
    let (x, bias) = (Self.state("x", [2, 3, 8, 8]), Self.state("bias", [3]))
    let y = x.value + bias.value.reshaped([1, 3, 1, 1])
    let pooled = maxPool2D(y, window: [2, 2], WindowGeometry(stride: [2, 2]))
    let scattered = gradients(of: (pooled * pooled).sum(), at: [x.value])[0]
    let program = try Program(
      "test", outputs: [("dx", scattered), ("sums", scattered.sum(axes)), ("rows", scattered.sum([3]))])
    let (with, without) = try bits(program, .sumBeforeScattering)
    #expect(with[0] == without[0] && with[2] == without[2])
    // Some hundred float32 numbers, added up in another order.
    for (a, b) in zip(with[1].doubles, without[1].doubles) { #expect(abs(a - b) <= 1e-5 * max(1, abs(b))) }
    // Rows of pixels are not all pixels: that sum stays as it is.
    let rewritten = program.rewritten(by: [.sumBeforeScattering])
    #expect(rewritten.rewriteCounts[.sumBeforeScattering] == 1)
  }

  @Test("of roundings leave all bits as they are")
  func roundings() throws {
    let (x, w) = (Self.state("x", [6, 5]), Self.state("w", [5, 4]))
    let y = matmul(x.value, w.value, precision: .bfloat16)
    let gradients = gradients(of: (y * y).sum(), at: [x.value, w.value])
    let program = try Program("test", outputs: [("y", y), ("dx", gradients[0]), ("dw", gradients[1])])
    let (with, without) = try bits(program, .roundBeforeMovement)
    #expect(with == without)
  }

  @Test("have a row of text each, and names that options can take")
  func table() {
    for rewrite in Rewrite.allCases {
      #expect(rewrite.name.contains(/^[a-z]+(-[a-z]+)+$/))
      for text in [rewrite.pattern, rewrite.replacement, rewrite.gain] {
        #expect(text.count > 20 && !text.hasSuffix("."), "\(rewrite.name): \(text)")
      }
      #expect(rewrite.gain.contains(/\d/), "\(rewrite.name) says by no figure what it gains")
    }
  }
}
