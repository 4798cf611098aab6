package import Tensors

/// A computation that is cut where processes add values up, into programs that run one after another.
///
/// What a later program needs of an earlier one lies in states, without what it can as well compute again: what pointwise operations
/// make of it, where a fused kernel would hold it in registers.
package struct Stages {
  /// After each program but the last, the states that it has made, and in which the next finds their sums over processes.
  package let sums: [[State]]

  package let programs: [Program]

  /// - Parameters:
  ///   - name: of all programs.
  ///   - assignments: as of a program.
  /// - Throws: the first error of the tensors involved.
  package init(_ name: String, assignments: [Assignment]) throws(GraphError) {
    for assignment in assignments { if let error = assignment.value.error { throw error } }
    let cut = StageCut(Graph(assignments.map(\.value)))
    sums = cut.sums
    var programs: [Program] = []
    let last = sums.count
    let read = cut.readStates
    for stage in 0...last {
      var own = cut.assignments(ofStage: stage)
      for (number, assignment) in assignments.enumerated() {
        let root = cut.graph.roots[number]
        // A state that is read keeps its value until the end.
        let place = read.contains(assignment.state) ? last : cut.stage[root]
        if place == stage { own.append(Assignment(assignment.state, cut.tensor(of: root, in: stage))) }
      }
      programs.append(
        try Program(last == 0 ? name : "\(name), part \(stage + 1) of \(last + 1)", assignments: own))
    }
    self.programs = programs
  }
}

/// Which program computes which value.
private final class StageCut {
  let graph: Graph
  /// By entry: how many sums depend on one another before it.
  let stage: [Int]
  /// The sums after each stage but the last, as entries.
  private let summed: [[Int]]
  private var places: [Int: State] = [:]
  private var carried: [Int: State] = [:]
  /// The entries that are in memory anyway, because kernels read them that compute more than one number of each.
  private var isStored: [Bool]
  private var made: [[Int: Tensor]]

  init(_ graph: Graph) {
    self.graph = graph
    var (stage, summed): ([Int], [[Int]]) = ([], [])
    for (index, entry) in graph.entries.enumerated() {
      let before = entry.inputs.map { stage[$0] }.max() ?? 0
      guard case .sumOverRanks = entry.op else {
        stage.append(before)
        continue
      }
      if summed.count == before { summed.append([]) }
      summed[before].append(index)
      places[index] = State("sum.\(index)", entry.type.shape, role: .data)
      stage.append(before + 1)
    }
    (self.stage, self.summed) = (stage, summed)
    isStored = Array(repeating: false, count: graph.entries.count)
    made = Array(repeating: [:], count: summed.count + 1)
    for (index, entry) in graph.entries.enumerated().reversed() {
      switch entry.op {
      case .matmul, .convolution, .pooling, .attention, .scan, .movement(.gather), .loss, .update:
        for input in entry.inputs { isStored[input] = true }
      case .movement(.reshape), .movement(.transpose), .gradientRule:
        if isStored[index] { isStored[entry.inputs[0]] = true }
      default: break
      }
    }
    // From the last program to the first, because each says what those before have to leave it.
    for stage in (0...summed.count).reversed() { visit(stage) }
  }

  var sums: [[State]] { summed.map { $0.compactMap { places[$0] } } }

  var readStates: Set<State> {
    Set(
      graph.entries.compactMap { entry in
        if case .source(.state(let state)) = entry.op { state } else { nil }
      })
  }

  /// Notes what a stage needs of earlier ones.
  private func visit(_ number: Int) {
    let values = carried.keys.filter { stage[$0] == number }
    let assigned = graph.roots.filter { number == summed.count || stage[$0] == number }
    var stack = values + assigned + operandsOfSums(after: number)
    var seen = Set(stack)
    while let entry = stack.popLast() {
      if isLeft(entry, to: number) {
        if carried[entry] == nil {
          let type = graph.entries[entry].type
          carried[entry] = State("kept.\(entry)", type.shape, dtype: type.dtype, role: .data)
        }
        continue
      }
      if case .sumOverRanks = graph.entries[entry].op { continue }
      stack += graph.operands(of: entry).filter { seen.insert($0).inserted }
    }
  }

  /// True of a value that an earlier stage computes once for all later ones.
  private func isLeft(_ entry: Int, to number: Int) -> Bool {
    guard stage[entry] < number else { return false }
    return switch graph.entries[entry].op {
    case .source, .gradientRule, .controlDependency, .sumOverRanks, .movement(.reshape),
      .movement(.broadcast), .movement(.transpose), .random:
      false
    case .pointwise: isStored[entry]
    default: true
    }
  }

  private func operandsOfSums(after number: Int) -> [Int] {
    number < summed.count ? summed[number].map { graph.operands(of: $0)[0] } : []
  }

  /// What a stage leaves: values to be summed after it, and what later ones need.
  func assignments(ofStage number: Int) -> [Assignment] {
    let left = carried.filter { stage[$0.key] == number }.sorted { $0.key < $1.key }.map {
      Assignment($0.value, computed($0.key, in: number))
    }
    let summed = number < summed.count ? summed[number] : []
    return left
      + summed.compactMap { entry in
        places[entry].map { Assignment($0, tensor(of: graph.operands(of: entry)[0], in: number)) }
      }
  }

  /// A value in a stage: left by an earlier one, summed before it, or computed in it.
  func tensor(of entry: Int, in number: Int) -> Tensor {
    if let state = carried[entry], isLeft(entry, to: number) { return state.value }
    return computed(entry, in: number)
  }

  private func computed(_ root: Int, in number: Int) -> Tensor {
    // Inputs come before their readers, so that no recursion is needed.
    var needed: Set<Int> = []
    var stack = [root]
    while let entry = stack.popLast() {
      guard made[number][entry] == nil, needed.insert(entry).inserted else { continue }
      if case .sumOverRanks = graph.entries[entry].op { continue }
      if entry != root, isLeft(entry, to: number) { continue }
      stack += graph.operands(of: entry)
    }
    for entry in needed.sorted() {
      if case .sumOverRanks = graph.entries[entry].op {
        made[number][entry] = places[entry]?.value
      } else if entry != root, let state = carried[entry], isLeft(entry, to: number) {
        made[number][entry] = state.value
      } else {
        let operands = graph.operands(of: entry).map { input -> Tensor in
          guard let tensor = made[number][input] else {
            preconditionFailure("an input comes after its reader")
          }
          return tensor
        }
        made[number][entry] = graph.remade(entry, on: operands)
      }
    }
    guard let tensor = made[number][root] else { preconditionFailure("nothing was made of \(root)") }
    return tensor
  }
}

extension Graph {
  /// The expression of an entry, on given operands, with its layer and its part of the step.
  fileprivate func remade(_ entry: Int, on operands: [Tensor]) -> Tensor {
    let original = entries[entry]
    return LayerPath.$current.withValue(original.layerPath) {
      StepScope(original.provenance.phase, original.provenance.subject, at: original.provenance.location)
        .building { expression(of: entry, on: operands) }
    }
  }
}
