/// How a fusion group with reduced axes is computed: passes over its iteration space, each of which accumulates
/// the reductions that depend on those before, and between the passes what is computed once per kept index.
///
/// It is found once, from the group alone; each backend prints it in its own language.
package struct LoopNest: Hashable, Sendable {
  /// A value that a pass accumulates for each kept index.
  package struct Accumulation: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
      case sum, maximum
      /// Of the exponentials of the scores less their maximum.
      case sumOfExponentials
    }

    /// The part that reduces.
    package let part: Int
    package let kind: Kind
  }

  package struct Pass: Hashable, Sendable {
    package fileprivate(set) var accumulations: [Accumulation] = []

    /// Parts that are secondary reductions.
    package fileprivate(set) var secondary: [Int] = []

    /// Elementwise parts whose results are stored.
    package fileprivate(set) var stored: [Int] = []

    /// All elementwise parts that the others need, in order: computed for each element.
    package fileprivate(set) var computed: [Int] = []

    package var isEmpty: Bool { accumulations.isEmpty && secondary.isEmpty && stored.isEmpty }
  }

  package let passes: [Pass]

  /// Parts with one value per kept index: those known before the first pass, and after each pass.
  package let kept: [[Int]]

  /// Parts that overwrite an input of the dispatch: stored last, when everything was read.
  package let overwriting: Set<Int>

  /// For parts with a softmax: the first part with the same scores, whose accumulations they share.
  package let softmax: [Int: Int]

  /// - Parameter buffers: of the dispatch.
  package init(_ fusionGroup: FusionGroup, _ buffers: [FusedKernel.Buffer]) {
    let analysis = Analysis(fusionGroup, buffers)
    let last = analysis.lastPass
    passes = (0...last).map { analysis.pass($0, isLast: $0 == last) }
    kept = (0...last + 1).map { level in
      fusionGroup.parts.indices.filter {
        fusionGroup.parts[$0].extent == .reduced && analysis.levels[$0] == level
      }
    }
    overwriting = Set(fusionGroup.parts.indices.filter(analysis.overwrites))
    softmax = analysis.softmax
  }
}

private struct Analysis {
  private let fusionGroup: FusionGroup
  private let buffers: [FusedKernel.Buffer]

  /// The number of passes before each part's results are known, or before the pass that computes them.
  let levels: [Int]
  let softmax: [Int: Int]
  private let accumulations: [(pass: Int, LoopNest.Accumulation)]
  private let partOf: [Int: Int]

  init(_ fusionGroup: FusionGroup, _ buffers: [FusedKernel.Buffer]) {
    (self.fusionGroup, self.buffers) = (fusionGroup, buffers)
    var levels: [Int] = []
    var accumulations: [(pass: Int, LoopNest.Accumulation)] = []
    var softmax: [Int: Int] = [:]
    var partOf: [Int: Int] = [:]
    for (number, part) in fusionGroup.parts.enumerated() {
      let level =
        part.inputs.map { operand -> Int in
          if case .result(let result) = operand, let other = partOf[result] { levels[other] } else { 0 }
        }.max() ?? 0
      for result in fusionGroup.results(of: number) { partOf[result] = number }
      switch part.kernel {
      case .reduction:
        accumulations.append((level, LoopNest.Accumulation(part: number, kind: .sum)))
        levels.append(level + 1)
      case .softmaxCrossEntropy, .softmaxCrossEntropyGradient:
        let first = softmax.keys.first { fusionGroup.parts[$0].inputs[0] == part.inputs[0] }.flatMap {
          softmax[$0]
        }
        softmax[number] = first ?? number
        if first == nil {
          accumulations.append((0, LoopNest.Accumulation(part: number, kind: .maximum)))
          accumulations.append((1, LoopNest.Accumulation(part: number, kind: .sumOfExponentials)))
        }
        levels.append(2)
      default: levels.append(level)
      }
    }
    (self.levels, self.accumulations, self.softmax, self.partOf) = (levels, accumulations, softmax, partOf)
  }

  /// The last pass with an accumulation or a stored element.
  var lastPass: Int {
    (accumulations.map(\.pass) + storedElements.map { levels[$0] }).max() ?? 0
  }

  func overwrites(_ part: Int) -> Bool {
    fusionGroup.results(of: part).contains {
      fusionGroup.results[$0].buffer.map { buffers[$0].isRead } ?? false
    }
  }

  private var storedElements: [Int] {
    fusionGroup.parts.indices.filter { part in
      fusionGroup.parts[part].extent == .elementwise
        && fusionGroup.results(of: part).contains { fusionGroup.results[$0].buffer != nil }
    }
  }

  func pass(_ number: Int, isLast: Bool) -> LoopNest.Pass {
    var pass = LoopNest.Pass()
    for (own, accumulation) in accumulations where own == number {
      if case .secondary = fusionGroup.parts[accumulation.part].extent {
        pass.secondary.append(accumulation.part)
      } else {
        pass.accumulations.append(accumulation)
      }
    }
    pass.stored = storedElements.filter { overwrites($0) ? isLast : levels[$0] == number }
    pass.computed = needed(by: pass.accumulations.map(\.part) + pass.secondary, storing: pass.stored)
    return pass
  }

  /// The elementwise parts that some depend on, and those that are stored, in order.
  private func needed(by reductions: [Int], storing stored: [Int]) -> [Int] {
    var found = Set<Int>()
    var stack = stored + reductions.flatMap(producers)
    while let part = stack.popLast() {
      guard fusionGroup.parts[part].extent == .elementwise, found.insert(part).inserted else { continue }
      stack += producers(part)
    }
    return found.sorted()
  }

  private func producers(_ part: Int) -> [Int] {
    fusionGroup.parts[part].inputs.compactMap { operand in
      if case .result(let result) = operand { partOf[result] } else { nil }
    }
  }
}
