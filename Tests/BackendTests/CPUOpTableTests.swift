import CPUBackend
import GradientChecks
import Tensors
import TestSupport
import Testing

@Suite("Every operation on the CPU")
struct CPUOpTableTests {
  @Test("agrees with the float64 reference, within its memory", arguments: OpTable.rows)
  func agreement(_ row: OpRow) throws {
    let reference = try row.reference()
    for kernels in [CPUBackend.Kernels.reference, .accelerated] {
      let run = try RowRun(row, on: CPUBackend(kernels), real: .float32)
      #expect(row.disagreement(of: run.output, with: reference) == nil, "\(kernels)")
      #expect(run.damage.isEmpty, "\(kernels)")
    }
  }

  @Test("has the gradient of its central differences", arguments: OpTable.rows.filter(\.isDifferentiable))
  func gradient(_ row: OpRow) throws {
    let values = row.inputs.enumerated().map { $1.values(.float64, seed: 231 &+ UInt64($0) &* 7919) }
    let floating = values.indices.filter { values[$0].dtype == .float64 }
    let report = try checkGradients(
      of: { arguments in
        var inputs = values.map { Tensor($0) }
        for (index, argument) in zip(floating, arguments) { inputs[index] = argument }
        return row.build(inputs)
      }, at: floating.map { ("input \($0)", values[$0]) })
    #expect(report.failures(above: 1e-6).isEmpty, "\(report)")
  }

  @Test("gives the same bits whenever it runs", arguments: OpTable.rows)
  func determinism(_ row: OpRow) throws {
    let runs = try (0..<3).map { _ in try RowRun(row, on: CPUBackend(), real: .float32).output }
    #expect(runs[0] == runs[1] && runs[1] == runs[2])
  }

  @Test("gives the same bits on any number of threads", arguments: OpTable.rows)
  func threads(_ row: OpRow) throws {
    let alone = try RowRun(row, on: CPUBackend(threads: 1), real: .float32).output
    for threads in [2, 3, 7] {
      #expect(try RowRun(row, on: CPUBackend(threads: threads), real: .float32).output == alone, "\(threads)")
    }
  }
}
