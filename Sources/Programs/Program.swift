package import Tensors

/// "Compute these tensors and assign these states", made ready: ordered, fused, and every intermediate given
/// its place in one arena.
///
/// The same for every backend.
public struct Program: Sendable {
  package typealias ValueID = Int

  /// Where a value lies.
  package enum Storage: Hashable, Sendable {
    /// Bytes from the arena's beginning.
    case arena(offset: Int)
    case state(State)
    case constant(Constant)
  }

  package struct Value: Sendable {
    package let type: TensorType
    package internal(set) var storage: Storage

    /// Which value of the graph it is; nil for what only the planner knows of.
    package internal(set) var origin: Origin?

    /// The state that it is kept in; nil for an intermediate or a constant.
    package var state: State? { if case .state(let state) = storage { state } else { nil } }
  }

  package struct Instruction: Sendable {
    package let kernel: Kernel
    package let inputs: [ValueID]
    package let outputs: [ValueID]

    /// Instructions of one level do not depend on one another.
    package internal(set) var level: Int

    /// Values that have to be there before, although it does not read them.
    package internal(set) var after: [ValueID] = []

    /// The layers it was made for.
    package let label: String

    /// Arithmetic operations.
    package let flops: Int
  }

  package let name: String
  package internal(set) var values: [Value]

  /// In an order in which they can be run one after another; levels ascend.
  package internal(set) var instructions: [Instruction]
  package let outputs: [(name: String, value: ValueID)]
  package internal(set) var arenaByteCount: Int

  /// The pieces that the arena is made of: where each begins in it, and its bytes.
  ///
  /// One piece unless the device allows no such large ones. Each value lies in one of them.
  package internal(set) var arenaBlocks: [(offset: Int, byteCount: Int)] = []
  private let options: Options

  /// What it was planned from: a backend may plan it another way.
  package let graph: Graph
  private let assigned: [State]

  /// Settings for tests of backends.
  package struct Options: Sendable {
    /// Bytes left free before and after each value of the arena.
    ///
    /// When there are any, no two values share memory.
    package var guardByteCount = 0
    package init() {}
  }

  /// Plans a program.
  ///
  /// - Parameters:
  ///   - name: for messages and labels.
  ///   - outputs: tensors to compute, each under the name by which it is read.
  ///   - assignments: at most one for each state.
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
    let roots = outputs.map(\.tensor) + assignments.map(\.value)
    self.init(
      name, Graph(roots).withRoundedOperands().asOrigin(), outputs: outputs.map(\.name),
      assigning: assignments.map(\.state),
      options)
  }

  /// Plans a program of a graph without errors, whose roots are its outputs, and which reads its constants from states.
  package init(_ name: String, _ graph: Graph, outputs: [String], constantsFrom states: [State]) {
    self.init(
      name, graph.reading(constantsFrom: states).withRoundedOperands().asOrigin(), outputs: outputs,
      assigning: [], Options())
  }

  /// - Parameter graph: its roots are the outputs, and then what the states get.
  private init(
    _ name: String, _ graph: Graph, outputs: [String], assigning states: [State], _ options: Options
  ) {
    var emission = Emission(Resolution(graph))
    let (results, values) = (emission.roots.prefix(outputs.count), emission.roots.dropFirst(outputs.count))
    emission.assign(Array(zip(states, values)), keeping: Set(results))
    (self.name, self.graph, self.options, assigned) = (name, graph, options, states)
    self.outputs = zip(outputs, results).map { (name: $0, value: $1) }
    (self.values, instructions) = emission.scheduled()
    arenaByteCount = 0
    planMemory(guardByteCount: options.guardByteCount, blockByteCount: nil)
  }

  /// The same program with the channels of each pixel side by side, from convolution to convolution.
  package func withChannelsLast() -> Program {
    Program(
      name, graph.withChannelsLast(), outputs: outputs.map(\.name), assigning: assigned, options)
  }

  /// The same program with its arena in pieces of at most so many bytes, if there is no value that is larger.
  package func withArena(inBlocksOf byteCount: Int) -> Program {
    guard arenaByteCount > byteCount else { return self }
    var program = self
    program.planMemory(guardByteCount: options.guardByteCount, blockByteCount: byteCount)
    return program
  }

  /// A program that computes what another does, by other instructions, in memory planned anew.
  init(
    _ other: Program, values: [Value], instructions: [Instruction], outputs: [(name: String, value: ValueID)]
  ) {
    (name, options, graph, assigned) = (other.name, other.options, other.graph, other.assigned)
    (self.values, self.instructions, self.outputs) = (values, instructions, outputs)
    arenaByteCount = 0
    planMemory(guardByteCount: options.guardByteCount, blockByteCount: nil)
  }

  /// The shape of an output as it was asked for: its value may lie in memory under another one with the same elements in the same
  /// order.
  package func shape(ofOutput index: Int) -> Shape { graph.entries[graph.roots[index]].type.shape }

  /// Arithmetic operations of one run.
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
