import CPUBackend
import Execution
import Programs
import Tensors
import TestSupport
import Testing

#if VULKAN
import VulkanBackend
#endif

@Suite("State updates")
struct UpdateTests {
  private func program(_ update: UpdateCase) throws -> Program {
    try Program(
      update.name, outputs: update.outputs.enumerated().map { ("\($0)", $1) },
      assignments: update.assignments)
  }

  private static let steps = 4

  /// Integers and halves stay exact in float32 for these steps, so results must be equal.
  private func check(_ update: UpdateCase, on backend: any Backend) throws {
    let executable = try backend.compile(program(update))
    let initial = update.states.map { state in state.initial.values(for: state, seed: 0) }
    var expected = initial.map(\.doubles)
    for step in 1...Self.steps {
      try executable.run(steps: 1)
      let (states, outputs) = update.step(expected)
      expected = states
      for (index, output) in outputs.enumerated() {
        #expect(
          try executable.output(index).doubles == output, "\(update.name): output \(index), step \(step)")
      }
      for (index, state) in update.states.enumerated() {
        #expect(
          try backend.read(state).doubles == states[index], "\(update.name): state \(index), step \(step)")
      }
    }
    // And all steps in one run.
    for (state, values) in zip(update.states, initial) { try backend.write(values, to: state) }
    try executable.run(steps: Self.steps)
    for (index, state) in update.states.enumerated() {
      #expect(try backend.read(state).doubles == expected[index], "\(update.name): state \(index), all steps")
    }
  }

  @Test("see what the states held before the step, on the reference kernels", arguments: UpdateCase.all)
  func reference(_ update: UpdateCase) throws { try check(update, on: CPUBackend(.reference)) }

  @Test("see what the states held before the step, on the fast kernels", arguments: UpdateCase.all)
  func accelerated(_ update: UpdateCase) throws { try check(update, on: CPUBackend(.accelerated)) }

  #if VULKAN
  @Test("see what the states held before the step, on Vulkan", .enabled(if: VulkanUnderTest.missing == nil))
  func vulkan() throws {
    let backend = try VulkanUnderTest.backend()
    for update in UpdateCase.all { try check(update, on: backend) }
    #expect(backend.validationMessages == [])
  }
  #endif

  @Test("are computed in the states' own memory where that is safe")
  func inPlace() throws {
    let (w, v) = (State("w", [6], role: .weight), State("v", [6], role: .optimizer))
    let velocity = 0.9 * v.value - 0.1 * w.value
    let momentum = try Program(
      "momentum", assignments: [Assignment(w, w.value + velocity), Assignment(v, velocity)])
    #expect(momentum.instructions.count == 1)
    #expect(momentum.placed().arenaByteCount == 0)
    let m = State("m", [3, 3], role: .weight)
    let transposition = try Program("transposition", assignments: [Assignment(m, m.value.transposed())])
    #expect(transposition.instructions.count == 2)
    #expect(transposition.placed().arenaByteCount > 0)
    let swap = try Program("swap", assignments: [Assignment(w, v.value), Assignment(v, w.value)])
    // One is written in place, and the other through a temporary copy.
    #expect(swap.instructions.count == 3)
  }

  @Test("an output stays what the last step made it, whatever happens to the state afterwards")
  func outputsStay() throws {
    let w = State("w", [2], role: .weight)
    let next = w.value + 1
    let step = try Program("step", outputs: [("next", next)], assignments: [Assignment(w, next)])
    let other = try Program("other", assignments: [Assignment(w, w.value * 100)])
    for (name, backend) in try everyBackend() {
      let executable = try backend.compile(step)
      try executable.run(steps: 1)
      #expect(try executable.output(0).doubles == [1, 1], "\(name)")
      try backend.compile(other).run(steps: 1)
      #expect(try executable.output(0).doubles == [1, 1], "\(name), after another program")
      try backend.write(TensorValues([Float(-7), -7], shape: [2]), to: w)
      #expect(try executable.output(0).doubles == [1, 1], "\(name), after writing the state")
    }
  }
}
