import CPUBackend
import Execution
import Programs
import Tensors
import Testing

@Suite("Random tensors")
struct RandomTests {
  private let key = Tensor([Int32(17), -4], shape: [2])

  private func uniform(_ count: Int, _ counter: Int32, stream: UInt32 = 3) throws -> [Double] {
    let counter = Tensor([counter], shape: [])
    return try computed([randomUniform([count], key: key, counter: counter, stream: stream)])[0]
  }

  @Test("are uniform in [0, 1)")
  func uniform() throws {
    let count = 50_000
    let u = try uniform(count, 5)
    #expect(u.allSatisfy { (0..<1).contains($0) })
    let mean = u.reduce(0, +) / Double(count)
    let variance = u.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
    // Four standard errors: √(1/12n) and √(1/180n).
    #expect(abs(mean - 0.5) < 4 * (1 / (12 * Double(count))).squareRoot())
    #expect(abs(variance - 1.0 / 12) < 4 * (1 / (180 * Double(count))).squareRoot())
  }

  @Test("depend on counter and stream, and on nothing else")
  func independence() throws {
    let u = try uniform(10, 5)
    #expect(try uniform(10, 5) == u)
    #expect(try Array(uniform(1001, 5).prefix(10)) == u)
    #expect(try uniform(10, 6) != u)
    #expect(try uniform(10, -5) != u)
    #expect(try uniform(10, 5, stream: 4) != u)
  }

  @Test(
    "batches of an epoch are disjoint; the next epoch has another order",
    arguments: [(7, 30), (5, 5), (1, 3)])
  func batches(_ batch: Int, _ count: Int) throws {
    let perEpoch = count / batch
    let counter = State("counter", [], dtype: .int32, role: .progress)
    let program = try Program(
      "batches", outputs: [("rows", shuffledBatch(batch, of: count, key: key, counter: counter.value))],
      assignments: [Assignment(counter, counter.value + 1)])
    let executable = try CPUBackend().compile(program)
    var epochs: [[Int32]] = []
    for _ in 0..<6 {
      var rows: [Int32] = []
      for _ in 0..<perEpoch {
        try executable.run(steps: 1)
        rows += try executable.output(0).elements(as: Int32.self)
      }
      #expect(Set(rows).count == perEpoch * batch)
      #expect(rows.allSatisfy { (0..<Int32(count)).contains($0) })
      epochs.append(rows)
    }
    #expect(Set(epochs).count > 1)
  }
}
