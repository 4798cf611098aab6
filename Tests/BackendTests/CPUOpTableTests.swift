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
}

@Suite("The op table")
struct CoverageTests {
  @Test("has a row for every operation")
  func coverage() {
    let covered = Set(OpTable.rows.map(\.operation))
    let families: [any Operation] =
      Pointwise.all + Reduction.Kind.allCases.map { Reduction(kind: $0, axes: 0..<0) } + [MatMul()]
      + Movement.all + Random.all + Convolution.all + Pooling.all + ClassificationLoss.allCases + [
        Update.scatterAdd(rows: 1)
      ]
    #expect(families.filter { !covered.contains($0.name) }.map(\.name) == [])
  }
}

extension Movement {
  fileprivate static let all: [Movement] = [
    .reshape([]), .transpose([]), .slice(start: [], shape: []), .pad(before: [], after: []), .broadcast([]),
    .gather,
  ]
}

extension Convolution {
  fileprivate static let all: [Convolution] = [
    .forward(WindowGeometry(), groups: 1), .inputGradient(WindowGeometry(), groups: 1, height: 1, width: 1),
    .weightGradient(WindowGeometry(), groups: 1, window: [1, 1]),
  ]
}

extension Pooling {
  fileprivate static let all: [Pooling] = [
    .maxPool2DPlace(WindowGeometry(), window: []), .maxPool2DPick(WindowGeometry(), window: []),
    .maxPool2DGradient(WindowGeometry(), window: [], height: 1, width: 1),
  ]
}

extension Random {
  fileprivate static let all: [Random] = [.uniform([], stream: 0), .shuffledBatch(1, of: 1)]
}
