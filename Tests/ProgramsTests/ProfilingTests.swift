import Execution
import Programs
import Tensors
import TestSupport
import Testing

#if VULKAN
@testable import VulkanBackend
#endif

@Suite("A profiled executable")
struct ProfilingTests {
  @Test("computes what an unprofiled one does, with a time for each instruction, one after another")
  func everyInstruction() throws {
    for (name, backend) in try everyBackend() {
      let (x, w) = (
        State("x", [5, 7], role: .data, initial: .normal(standardDeviation: 1)),
        State("w", [7, 3], role: .weight)
      )
      let (u, v) = (State("u", [7, 3], role: .weight), State("none", [0, 3], role: .data))
      func program(_ state: State) throws -> Program {
        try Program(
          "step", outputs: [("none", v.value + 1)],
          assignments: [
            Assignment(
              state, state.value + matmul(x.value.transposed(), relu(matmul(x.value, state.value) + 1)))
          ])
      }
      let plain = try backend.compile(program(u))
      let profiled = try #require(backend.compile(program(w)) as? any ProfiledExecutable, "\(name)")
      try plain.run(steps: 3)
      let times = try profiled.profile(steps: 3)
      #expect(try backend.read(u) == backend.read(w), "\(name)")

      let running = profiled.program.instructions.indices.filter {
        profiled.program.hasWork(profiled.program.instructions[$0])
      }
      #expect(
        running.count == profiled.program.instructions.count - 1, "\(name): the empty value needs no work")
      #expect(times.map(\.instruction) == running + running + running, "\(name)")
      #expect(
        times.map(\.step) == [0, 1, 2].flatMap { Array(repeating: $0, count: running.count) }, "\(name)")
      #expect(times.allSatisfy { $0.start <= $0.end }, "\(name)")
      #expect(zip(times, times.dropFirst()).allSatisfy { $0.end <= $1.start }, "\(name)")
      // Each matrix product needs a barrier before it, and there is at most one barrier per kernel.
      if let barriers = profiled.barrierCount { #expect((2...running.count).contains(barriers), "\(name)") }
      #expect(try profiled.profile(steps: 0) == [], "\(name)")
    }
  }

  @Test("places instructions by layer, state written, parameter read or type")
  func places() throws {
    let (x, w) = (State("x", [2, 3], role: .data), State("w", [3, 4], role: .weight))
    let y = Pass(.training, states: StateStore()).scope("0", kind: "Dense") { matmul(x.value, w.value) }
    let program = try Program(
      "step", outputs: [("loss", y.sum()), ("norm", w.value.sum())],
      assignments: [Assignment(w, w.value - 0.5 * w.value)])
    let places = program.instructions.map { "\($0.kernel.name): \(program.place(of: $0))" }
    #expect(Set(places) == ["matmul: 0 (Dense)", "sum: float32[]", "sum: w", "pointwise: → w"])
  }

  @Test("counts the bytes that are touched, not those that values hold")
  func traffic() throws {
    let (table, rows) = (
      State("table", [1000, 8], role: .data), State("rows", [5], dtype: .int32, role: .data)
    )
    let row = State("row", [1, 8], role: .data)
    let gathered = try Program("gather", outputs: [("y", table.value.gathered(at: rows.value))])
    #expect(gathered.byteTraffic == 4 * (5 * 8 + 5 + 5 * 8))
    let sum = try Program("broadcast", outputs: [("y", table.value + row.value)])
    #expect(sum.byteTraffic == 4 * (8000 + 8 + 8000))
  }

  #if VULKAN
  @Test("a clock that begins again goes on")
  func wrapping() {
    var clock = WrappingClock(period: 1000)
    #expect(
      [10, 500, 990, 5, 4, 700, 2].map { clock.unwrapped($0) } == [10, 500, 990, 1005, 1005, 1700, 2002])
    var endless = WrappingClock(period: nil)
    #expect([10, 9, 12].map { endless.unwrapped($0) } == [10, 10, 12])
  }
  #endif
}
