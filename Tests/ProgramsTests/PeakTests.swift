import Programs
import Tensors
import Testing

@Suite("The peak of a program")
struct PeakTests {
  @Test("is the level whose values are largest together", arguments: 0..<50)
  func random(seed: Int) throws {
    let graph = RandomGraph(seed: UInt64(seed))
    let program = try Program("test", outputs: graph.outputs, assignments: graph.assignments).placed()
    let (level, held) = program.peak
    func bytes(at level: Int) -> Int {
      program.lifetimes.filter { $0.levels.contains(level) }.reduce(0) { $0 + $1.byteCount }
    }
    let peak = held.reduce(0) { $0 + $1.byteCount }
    #expect(held.allSatisfy { $0.levels.contains(level) })
    #expect(peak == program.instructions.map { bytes(at: $0.level) }.max())
    #expect(peak <= program.arenaByteCount)
    // Every arena value written by an instruction has exactly one live range.
    let made = program.instructions.flatMap(\.outputs).filter {
      if case .arena = program.values[$0].storage { true } else { false }
    }
    #expect(program.lifetimes.map(\.value) == made.sorted())
  }

  @Test("of a chain is two neighbours")
  func chain() throws {
    let x = State("x", [100], role: .data).value
    let w = State("w", [100, 1000], role: .weight).value
    let small = matmul(x.reshaped([1, 100]), w.reshaped([100, 1000]))
    let large = matmul(small.reshaped([1000, 1]), x.reshaped([1, 100]))
    let program = try Program("test", outputs: [("y", large.sum([1]).sum())])
    let (level, held) = program.peak
    #expect(level == 1 && held.map(\.byteCount) == [400_000, 4000])
  }
}
