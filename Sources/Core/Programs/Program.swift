package import Tensors

/// "Compute these tensors and assign these states", compiled: ordered and fused; `placed` gives every
/// intermediate its place in one arena.
///
/// Independent of the backend.
public struct Program: Sendable {
  package typealias ValueID = Int

  /// The memory that a value lies in.
  package enum Storage: Hashable, Sendable {
    /// An offset in bytes.
    case arena(offset: Int)
    case state(State)
    case constant(Constant)
  }

  package struct Value: Sendable {
    package let type: TensorType
    package internal(set) var storage: Storage

    /// The graph value it holds; nil for values that only the planner introduces.
    package internal(set) var origin: Origin?

    /// The state that holds it; nil for an intermediate or a constant.
    package var state: State? { if case .state(let state) = storage { state } else { nil } }
  }

  /// A result that is stored in the place of a value which its kernel reads, and nothing afterwards.
  package struct Replacement: Hashable, Sendable {
    package let result: ValueID
    package let replaced: ValueID
  }

  package struct Instruction: Sendable {
    package let kernel: Kernel
    package let inputs: [ValueID]
    package let outputs: [ValueID]

    /// Instructions of one level are independent of one another.
    package internal(set) var level: Int

    /// Control dependencies: values that must be computed before, although it does not read them.
    package internal(set) var after: [ValueID] = []

    /// Its results that lie where values lay that it reads.
    package internal(set) var replacements: [Replacement] = []

    /// The layers it belongs to.
    package let label: String

    /// Arithmetic operations.
    package let flops: Int
  }

  package let name: String
  package internal(set) var values: [Value]

  /// In an order of execution; levels ascend.
  package internal(set) var instructions: [Instruction]
  package private(set) var outputs: [(name: String, value: ValueID)]
  package internal(set) var arenaByteCount = 0

  /// The blocks of the arena: the offset and byte count of each.
  ///
  /// One block unless the device limits allocations. Each value lies within one block.
  package internal(set) var arenaBlocks: [(offset: Int, byteCount: Int)] = []

  /// True if memory is planned: before that, all offsets in the arena are 0.
  package internal(set) var isPlaced = false
  let options: Options

  /// The graph it was planned from, so that a backend may plan it in another way.
  package let graph: Graph
  private let assigned: [State]

  /// The same graph before operands of products were rounded.
  let unrounded: Graph

  /// The number of movements of rounded elements in the graph.
  let movementsOfRounded: Int

  /// How often each rewrite was applied; without those that were left out.
  package internal(set) var rewriteCounts: [Rewrite: Int]

  /// Settings for tests of backends.
  package struct Options: Sendable {
    /// Guard bytes before and after each value of the arena.
    ///
    /// If there are any, no two values share memory.
    package var guardByteCount = 0
    package init() {}
  }

  /// Plans a program.
  ///
  /// - Parameters:
  ///   - name: for messages and labels.
  ///   - outputs: tensors to compute, with the names by which they are read.
  ///   - assignments: at most one per state.
  /// - Throws: the first error of the tensors involved.
  package init(
    _ name: String, outputs: [(name: String, tensor: Tensor)] = [], assignments: [Assignment] = [],
    options: Options = Options()
  ) throws(GraphError) {
    for tensor in assignments.map(\.value) + outputs.map(\.tensor) {
      if let error = tensor.error { throw error }
    }
    for assignment in assignments { try assignment.check() }
    if let twice = assignments.firstDuplicate(by: \.state) {
      throw GraphError("assign", "the state '\(twice.state.name)' is assigned twice in one step")
    }
    let graph = Graph(outputs.map(\.tensor) + assignments.map(\.value))
    for entry in graph.entries {
      if case .source(.state(let state)) = entry.op, state.isArgument {
        throw GraphError(
          "scan",
          "the \(state.name) of a step is used outside of the scan: return what is made of it as an output")
      }
    }
    self.init(name, graph, outputs: outputs.map(\.name), assigning: assignments.map(\.state), options)
  }

  /// Plans a program of assignments that are known to fit, such as a step of a scan.
  init(_ name: String, assigning assignments: [Assignment]) {
    self.init(
      name, Graph(assignments.map(\.value)), outputs: [], assigning: assignments.map(\.state), Options())
  }

  /// Plans a program of a valid graph whose roots are its outputs, and which reads its constants from states.
  package init(_ name: String, _ graph: Graph, outputs: [String], constantsFrom states: [State]) {
    self.init(
      name, graph.reading(constantsFrom: states), outputs: outputs, assigning: [], Options())
  }

  /// - Parameter unrounded: its roots are the outputs, then the new values of the states.
  private init(
    _ name: String, _ unrounded: Graph, outputs: [String], assigning states: [State], _ options: Options
  ) {
    let (rounded, count) = unrounded.withRoundedOperands()
    graph = rounded.asOrigin()
    (self.name, self.unrounded, movementsOfRounded) = (name, unrounded, count)
    (self.options, assigned) = (options, states)
    let lowered = Program.lower(graph, outputs: outputs, assigning: states, by: Rewrite.ofLowering)
    (values, instructions, self.outputs) = (lowered.values, lowered.instructions, lowered.outputs)
    rewriteCounts = lowered.counts.merging([.roundBeforeMovement: count]) { $1 }
  }

  /// A program lowered from a rewritten form of its graph.
  ///
  /// - Parameter counts: how often each rewrite was applied.
  init(_ other: Program, _ rewritten: Graph, by rewrites: Set<Rewrite>, _ counts: [Rewrite: Int]) {
    self = other
    (arenaByteCount, arenaBlocks, isPlaced) = (0, [], false)
    let lowered = Program.lower(
      rewritten, outputs: other.outputs.map(\.name), assigning: assigned, by: rewrites)
    (values, instructions, outputs) = (lowered.values, lowered.instructions, lowered.outputs)
    rewriteCounts = lowered.counts.merging(counts) { $1 }
  }

  private struct Lowered {
    let values: [Value]
    let instructions: [Instruction]
    let outputs: [(name: String, value: ValueID)]
    /// How often each rewrite of the lowering was applied.
    let counts: [Rewrite: Int]
  }

  private static func lower(
    _ graph: Graph, outputs: [String], assigning states: [State], by rewrites: Set<Rewrite>
  ) -> Lowered {
    let folding = ViewFolding(graph, by: rewrites)
    var lowering = Lowering(folding)
    let (results, values) = (lowering.roots.prefix(outputs.count), lowering.roots.dropFirst(outputs.count))
    lowering.assign(Array(zip(states, values)), keeping: Set(results))
    let (placed, instructions) = lowering.scheduled()
    return Lowered(
      values: placed, instructions: instructions,
      outputs: zip(outputs, results).map { (name: $0, value: $1) },
      counts: folding.counts)
  }

  /// An equivalent program of other instructions.
  init(
    _ other: Program, values: [Value], instructions: [Instruction], outputs: [(name: String, value: ValueID)]
  ) {
    self = other
    (arenaByteCount, arenaBlocks, isPlaced) = (0, [], false)
    (self.values, self.instructions, self.outputs) = (values, instructions, outputs)
  }

  /// The requested shape of an output: its value may have another shape in memory, with the same elements in
  /// the same order.
  package func shape(ofOutput index: Int) -> Shape { graph.entries[graph.roots[index]].type.shape }

  /// Arithmetic operations per run.
  package var flops: Int { instructions.reduce(0) { $0 + $1.flops } }
}

extension Assignment {
  fileprivate func check() throws(GraphError) {
    guard value.shape == state.shape, value.dtype == state.dtype else {
      throw GraphError(
        "assign",
        "the state '\(state.name)' is \(state.dtype)\(state.shape) and cannot hold \(value.dtype)\(value.shape)"
      )
    }
    guard !state.isReadOnly else {
      throw GraphError(
        "assign",
        "the state '\(state.name)' is only read, because its values lie in the host's memory: let it begin with .values(…)"
      )
    }
  }
}

extension Array {
  fileprivate func firstDuplicate<Key: Hashable>(by key: (Element) -> Key) -> Element? {
    var seen: Set<Key> = []
    return first { !seen.insert(key($0)).inserted }
  }
}
