import Devices
package import Execution
package import Programs
import Sessions
package import Tensors

/// Runs one step of a program on two backends in lockstep: first on the first, then on the second, kernel by
/// kernel, with the first one's values as inputs.
package struct Lockstep {
  private let graph: Graph
  private let first: any InspectableExecutable
  private let second: any InspectableExecutable

  /// The states before the step.
  private let before: [State: TensorValues]

  /// The graph entries that both backends store to memory.
  private let shared: Set<Int>

  /// The first backend's values of them.
  private var known: [Int: TensorValues] = [:]
  private var values: [Int: StepComparison.Value] = [:]

  /// - Parameters:
  ///   - program: as both compiled it, before planning.
  ///   - before: the program's states, equal on both.
  package init(
    of program: Program, on first: any InspectableExecutable, and second: any InspectableExecutable,
    from before: [State: TensorValues]
  ) {
    (graph, self.first, self.second, self.before) = (program.graph, first, second, before)
    shared = first.program.madeEntries.intersection(second.program.madeEntries)
  }

  /// - Returns: the values in graph order, and the number of entries stored by only one of the backends.
  package mutating func run() throws -> (values: [StepComparison.Value], unmatched: [Int]) {
    for (index, instruction) in first.program.instructions.enumerated() {
      try first.run(instruction: index)
      for (output, origin) in sharedOutputs(of: instruction, first.program) where known[origin.entry] == nil {
        known[origin.entry] = try logical(output, origin, first)
      }
    }
    for (index, instruction) in second.program.instructions.enumerated() {
      try second.run(instruction: index)
      let outputs = sharedOutputs(of: instruction, second.program)
      // Values made by one kernel depend on one another, not on the first backend's.
      let own = Set(outputs.map(\.1.entry))
      for (output, origin) in outputs {
        guard let expected = known[origin.entry] else { continue }
        let found = try logical(output, origin, second)
        guard found != expected || values[origin.entry] == nil else { continue }
        let state = second.program.values[output].state
        let value = try compared(origin.entry, expected, found, in: state, besides: own)
        if values[origin.entry]?.agrees != false { values[origin.entry] = value }
      }
      for (output, origin) in outputs {
        if let expected = known[origin.entry] {
          try second.write(expected.bytes(inMemoryOf: origin), to: output)
        }
      }
    }
    let unmatched = [first, second].map { $0.program.madeEntries.subtracting(shared).count }
    return (values.sorted { $0.key < $1.key }.map(\.value), unmatched)
  }

  private func sharedOutputs(
    of instruction: Program.Instruction, _ program: Program
  ) -> [(Program.ValueID, Origin)] {
    instruction.outputs.compactMap { output in
      guard let origin = program.values[output].origin, !origin.isInParts, shared.contains(origin.entry)
      else {
        return nil
      }
      return (output, origin)
    }
  }

  private func logical(
    _ value: Program.ValueID, _ origin: Origin, _ executable: any InspectableExecutable
  ) throws -> TensorValues {
    TensorValues(try executable.read(value), from: origin, as: graph.entries[origin.entry].type)
  }

  /// - Parameter own: the entries made by the same kernel.
  private func compared(
    _ entry: Int, _ expected: TensorValues, _ found: TensorValues, in state: State?, besides own: Set<Int>
  ) throws -> StepComparison.Value {
    let region = graph.region(leadingTo: [entry], from: shared.subtracting(own))
    let tolerances = found == expected ? nil : try self.tolerances(of: entry, over: region)
    let comparison = ElementComparison(expected, found, tolerances)
    let (type, provenance) = (graph.entries[entry].type, graph.entries[entry].provenance)
    return StepComparison.Value(
      phase: provenance.phase.rawValue, subject: provenance.subject,
      operations: region.compactMap { graph.entries[$0].spokenName }, type: "\(type)",
      state: state?.name,
      elements: type.shape.count,
      differing: comparison.differing, parted: comparison.parted, unbounded: comparison.unbounded,
      worst: comparison.worst)
  }

  /// The error bounds of an entry's elements, for the operations since equal values; nil for exact agreement.
  private func tolerances(of entry: Int, over region: [Int]) throws -> [Double]? {
    var bounded: [Int: BoundedValue] = [:]
    func operand(_ number: Int) -> BoundedValue {
      if let known = bounded[number] { return known }
      guard let values = known[number] else { preconditionFailure("an input comes after its reader") }
      return BoundedValue(Tensor(values))
    }
    for number in region {
      switch graph.entries[number].op {
      case .source(.state(let state)):
        bounded[number] = before[state].map { BoundedValue(Tensor($0)) }
      case .source: bounded[number] = BoundedValue(.apply(graph.entries[number].op, to: []))
      case let op: bounded[number] = RoundingError.result(of: op, graph.operands(of: number).map(operand))
      }
    }
    guard let error = bounded[entry]?.error else { return nil }
    return try error.values(on: .cpu).doubles
  }
}

/// The comparison of two tensors' elements.
private struct ElementComparison {
  private(set) var differing = 0
  private(set) var parted = 0
  private(set) var unbounded = 0
  private(set) var worst: StepComparison.Element?

  /// - Parameter tolerances: of each element; nil for flushes to zero only.
  init(_ first: TensorValues, _ second: TensorValues, _ tolerances: [Double]?) {
    let (a, b) = (first.doubles, second.doubles)
    let least = first.dtype.isFloating ? RoundingError.tiny : 0
    for index in a.indices where a[index] != b[index] && !(a[index].isNaN && b[index].isNaN) {
      differing += 1
      let bound = tolerances.map { $0[index].isNaN ? .infinity : max($0[index], least) } ?? least
      guard bound < .infinity else {
        unbounded += 1
        continue
      }
      let element = StepComparison.Element(
        index: first.shape.coordinates(of: index), first: a[index], second: b[index], tolerance: bound,
        ulps: first.dtype == .float64
          ? ulpDistance(a[index], b[index]) : ulpDistance(Float(a[index]), Float(b[index])))
      let isFirstToPart = !element.agrees && parted == 0
      if !element.agrees { parted += 1 }
      if isFirstToPart || (parted == 0 && element.share >= (worst?.share ?? 0)) { worst = element }
    }
  }
}

extension Program {
  /// The graph entries whose values are stored to memory, whole.
  fileprivate var madeEntries: Set<Int> {
    Set(
      instructions.flatMap(\.outputs).compactMap { output in
        values[output].origin.flatMap { $0.isInParts ? nil : $0.entry }
      })
  }
}

extension Graph.Entry {
  /// Its operation's name; nil for one without computation.
  fileprivate var spokenName: String? {
    switch op {
    case .source, .gradientRule, .controlDependency, .sumOverRanks, .movement(.reshape),
      .movement(.broadcast):
      nil
    default: op.operation.name
    }
  }
}
