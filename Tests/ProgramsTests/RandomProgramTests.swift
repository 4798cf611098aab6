import CPUBackend
import Execution
import Programs
import Tensors
import TestSupport
import Testing

#if VULKAN
import VulkanBackend
#endif

@Suite("Random programs")
struct RandomProgramTests {
  /// The results of a step: its outputs, then all states.
  private func run(_ graph: RandomGraph, _ program: Program, on backend: any Backend, steps: Int = 3) throws
    -> [TensorValues]
  {
    let executable = try backend.compile(program)
    // Fills the arena with ones, so that a read of an element that was never written gives NaN.
    try (executable as? any InspectableExecutable)?.fillArena(with: 0xFF)
    try executable.run(steps: steps)
    return try graph.outputs.indices.map { try executable.output($0) }
      + graph.states.map { try backend.read($0) }
  }

  private func program(_ graph: RandomGraph, guards: Int = 0) throws -> Program {
    var options = Program.Options()
    options.guardByteCount = guards
    return try Program("random", outputs: graph.outputs, assignments: graph.assignments, options: options)
  }

  /// The unfused program, and the programs fused for GPUs and for CPUs.
  private func forms(of program: Program) -> [Program] {
    [
      program.placed(), program.fused(by: FusionPolicy(maximumBuffers: 32)).placed(),
      CPUBackend().planned(program),
    ]
  }

  @Test("give no two values the same memory at one time", arguments: 0..<300)
  func memoryPlan(_ seed: Int) throws {
    let program = try program(RandomGraph(seed: UInt64(seed)))
    for form in forms(of: program) { try checkMemory(of: form) }
  }

  private func checkMemory(of program: Program) throws {
    var lives: [(bytes: Range<Int>, levels: ClosedRange<Int>)] = []
    for (id, value) in program.values.enumerated() {
      guard case .arena(let offset) = value.storage else { continue }
      let writers = program.instructions.filter { $0.outputs.contains(id) }
      let level = try #require(writers.first?.level)
      #expect(writers.count == 1)
      let readers = program.instructions.filter { $0.inputs.contains(id) }.map(\.level)
      #expect(readers.allSatisfy { $0 > level })
      let isOutput = program.outputs.contains { $0.value == id }
      lives.append(
        (offset..<offset + value.type.byteCount, level...(isOutput ? Int.max : readers.max() ?? level)))
      #expect(offset.isMultiple(of: Program.alignment))
      #expect(offset + value.type.byteCount <= program.arenaByteCount)
    }
    for (index, life) in lives.enumerated() {
      for other in lives[..<index] where other.levels.overlaps(life.levels) {
        #expect(!other.bytes.overlaps(life.bytes), "\(program)")
      }
    }
  }

  @Test("overwrite a state only when nobody needs its old value any more", arguments: 0..<300)
  func overwriting(_ seed: Int) throws {
    let program = try program(RandomGraph(seed: UInt64(seed)))
    for form in forms(of: program) { checkOverwriting(in: form) }
  }

  private func checkOverwriting(in program: Program) {
    for instruction in program.instructions {
      for output in instruction.outputs {
        guard case .state = program.values[output].storage else { continue }
        for other in program.instructions {
          let readsOld = other.inputs.contains {
            $0 != output && program.values[$0].storage == program.values[output].storage
          }
          guard readsOld else { continue }
          let isSelf = other.outputs == instruction.outputs
          #expect(isSelf || other.level < instruction.level, "\(program)")
        }
      }
    }
  }

  @Test("give the same bits with and without shared memory", arguments: 0..<200)
  func aliasing(_ seed: Int) throws {
    let graph = RandomGraph(seed: UInt64(seed))
    for kernels in [CPUBackend.Kernels.reference, .accelerated] {
      let shared = try run(graph, program(graph), on: CPUBackend(kernels))
      let backend = CPUBackend(kernels, guardByteCount: 256)
      let apart = try run(graph, program(graph, guards: 256), on: backend)
      #expect(shared == apart, "\(kernels)")
      #expect(backend.guardsAreIntact, "\(kernels) wrote around states, the arena or the workspace")
    }
  }

  /// The same step without assignments: the host writes the computed values to the states.
  @Test("assign what they compute from the old states, and all of it at once", arguments: 0..<150)
  func assignments(_ seed: Int) throws {
    let graph = RandomGraph(seed: UInt64(seed))
    let values = graph.assignments.map { (name: $0.state.name, tensor: $0.value) }
    let backend = CPUBackend()
    let computing = try backend.compile(Program("values", outputs: values + graph.outputs))
    for _ in 0..<3 {
      try computing.run(steps: 1)
      for (index, assignment) in graph.assignments.enumerated() {
        try backend.write(computing.output(index), to: assignment.state)
      }
    }
    let expected =
      try graph.outputs.indices.map { try computing.output(values.count + $0) }
      + graph.states.map { try backend.read($0) }
    #expect(try run(graph, program(graph), on: CPUBackend()) == expected)
  }

  /// Up to 24 operations, each with a rounding of 6e-8 and none amplifying an error by more than 2: nearly
  /// all amplify it by less than 1, so that 40 roundings are ample.
  private func agree(_ actual: [TensorValues], _ reference: [TensorValues]) -> String? {
    for (position, (values, expected)) in zip(actual, reference).enumerated() {
      for (index, (a, b)) in zip(values.doubles, expected.doubles).enumerated() where !(abs(a - b) <= 2.4e-6)
      {
        return "result \(position), element \(index) is \(a), but the reference has \(b)"
      }
    }
    return nil
  }

  @Test("come to the same on the reference and the fast kernels", arguments: 0..<200)
  func accelerated(_ seed: Int) throws {
    let graph = RandomGraph(seed: UInt64(seed))
    let program = try program(graph)
    let fast = try run(graph, program, on: CPUBackend(.accelerated))
    let reference = try run(graph, program, on: CPUBackend(.reference))
    #expect(agree(fast, reference) == nil, "\(program)")
  }

  #if VULKAN
  @Test("come to the same on Vulkan", .enabled(if: VulkanUnderTest.missing == nil))
  func vulkan() throws {
    let backend = try VulkanUnderTest.backend()
    for seed in 0..<60 {
      let graph = RandomGraph(seed: UInt64(seed))
      let program = try program(graph)
      let reference = try run(graph, program, on: CPUBackend(.reference))
      #expect(agree(try run(graph, program, on: backend), reference) == nil, "\(seed)\n\(program)")
    }
    #expect(backend.validationMessages == [])
  }
  #endif
}
