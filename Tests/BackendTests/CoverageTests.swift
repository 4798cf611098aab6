import Foundation
import Tensors
import TestSupport
import Testing

@Suite("The op table")
struct CoverageTests {
  /// One of every operation.
  private static let operations: [any Tensors.Operation] =
    Pointwise.all + Reduction.Kind.allCases.map { Reduction(kind: $0, axes: 0..<0) } + [MatMul()]
    + Movement.all + Random.all + Convolution.all + Pooling.all + Attention.all + ClassificationLoss.allCases
    + Update.all + Scan.all

  @Test("has a row for every operation")
  func coverage() {
    let covered = Set(OpTable.rows.map(\.operation))
    #expect(Self.operations.filter { !covered.contains($0.name) }.map(\.name) == [])
  }

  @Test("tells its rows apart by their descriptions, under which references are kept")
  func descriptions() {
    let descriptions = (OpTable.rows + OpTable.large).map(\.description).sorted()
    #expect(zip(descriptions, descriptions.dropFirst()).filter { $0 == $1 }.map(\.0) == [])
  }

  /// The case names of an enumeration in Sources/Core/Tensors, and their associated values.
  private func cases(in file: String) throws -> [(name: String, payload: String)] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(
      contentsOf: root.appending(path: "Sources/Core/Tensors/\(file).swift"), encoding: .utf8)
    return text.split(separator: "\n").filter { $0.hasPrefix("  case ") && !$0.hasPrefix("  case .") }
      .flatMap { line in
        line.dropFirst(7).matches(of: /(\w+)(\([^)]*\))?(, |$)/).map {
          (String($0.output.1), $0.output.2.map { String($0.dropFirst().dropLast()) } ?? "")
        }
      }
  }

  @Test("knows every operation that there is")
  func lists() throws {
    func names(_ operations: [any Tensors.Operation]) -> Set<String> {
      Set(operations.map { "\($0)".split(separator: "(").map(String.init)[0] })
    }
    #expect(try Set(cases(in: "Ops/Pointwise").map(\.name)) == names(Pointwise.all))
    #expect(try Set(cases(in: "Ops/Movement").map(\.name)) == names(Movement.all))
    #expect(try Set(cases(in: "Ops/Random").map(\.name)) == names(Random.all))
    #expect(try Set(cases(in: "Ops/Convolution").map(\.name)) == names(Convolution.all))
    #expect(try Set(cases(in: "Ops/Pooling").map(\.name)) == names(Pooling.all))
    #expect(try Set(cases(in: "Ops/Attention").map(\.name)) == names(Attention.all))
    #expect(try Set(cases(in: "Ops/Update").map(\.name)) == names(Update.all))
    // These represent values and errors, and compute nothing.
    let silent: Set = ["Source", "GradientRule", "ControlDependency", "SumOverRanks", "GraphError"]
    let families = Set(Self.operations.map { "\(type(of: $0))" })
    #expect(try Set(cases(in: "Op").map(\.payload)) == families.union(silent))
  }
}

extension Update {
  fileprivate static let all: [Update] = [.scatterAdd(rows: 1)]
}

extension Movement {
  fileprivate static let all: [Movement] = [
    .reshape([]), .transpose([]), .slice(start: [], shape: []), .pad(before: [], after: []), .broadcast([]),
    .gather,
  ]
}

extension Convolution {
  fileprivate static let all: [Convolution] = [
    .forward(WindowGeometry(), groups: 1, precision: .float32),
    .inputGradient(WindowGeometry(), groups: 1, height: 1, width: 1, precision: .float32),
    .weightGradient(WindowGeometry(), groups: 1, window: [1, 1], precision: .float32),
  ]
}

extension Pooling {
  fileprivate static let all: [Pooling] = [
    .maxPool2DPlace(WindowGeometry(), window: []), .maxPool2DPick(WindowGeometry(), window: []),
    .maxPool2DGradient(WindowGeometry(), window: [], height: 1, width: 1),
  ]
}

extension Attention {
  fileprivate static let all: [Attention] = {
    let form = AttentionForm(scale: 1, isCausal: false, hasMask: false, hasDocuments: false)
    return [.attention(form), .attentionGradient(form)]
  }()
}

extension Scan {
  fileprivate static let all: [Scan] = {
    let made = scan([Tensor(0)], over: [], steps: 1) { carry, _ in (carry: carry, outputs: []) }.carry[0]
    // The carry is a view of the scan's result.
    var node = made.node
    while let input = node.inputs.first {
      if case .scan(let scan) = node.op { return [scan] }
      node = input.node
    }
    return []
  }()
}

extension Random {
  fileprivate static let all: [Random] = [.uniform([], stream: 0), .shuffledBatch(1, of: 1)]
}
