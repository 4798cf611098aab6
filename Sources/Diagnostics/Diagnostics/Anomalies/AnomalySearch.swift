import Devices
import Execution
import Programs
import Sessions
import Tensors

/// Finds the operation of a fused kernel that made a NaN or infinity: repeats the operations on the CPU, one
/// at a time, from the kernel's inputs.
struct AnomalySearch {
  private let graph: Graph
  private let executable: any InspectableExecutable
  private let instruction: Program.Instruction

  /// The values of inputs that the kernel has overwritten.
  private let kept: [Program.ValueID: TensorValues]

  init(
    _ graph: Graph, _ executable: any InspectableExecutable, _ instruction: Program.Instruction,
    _ kept: [Program.ValueID: TensorValues]
  ) {
    (self.graph, self.executable, self.instruction, self.kept) = (graph, executable, instruction, kept)
  }

  /// The origin of an output's non-finite numbers.
  ///
  /// - Parameter read: the kinds of non-finite numbers among the kernel's inputs.
  /// - Returns: nil if it comes from an infinity that is a literal of the program.
  func anomaly(of output: Program.ValueID, notIn read: NonFinite) throws -> Anomaly? {
    let memory = try executable.read(output)
    guard let origin = executable.program.values[output].origin else {
      return Anomaly(
        .kernel(instruction.kernel.composition), NonFinite(in: memory).subtracting(read), in: memory,
        Provenance(of: instruction.label))
    }
    let entry = graph.entries[origin.entry]
    let values = TensorValues(memory, from: origin, as: entry.type)
    let kinds = NonFinite(in: values).subtracting(read)
    var known = try inputs()
    var last = NonFinite()
    for number in graph.region(leadingTo: [origin.entry], from: Set(known.keys)) {
      guard let result = try evaluated(number, known) else { break }
      last = NonFinite(in: result)
      let operands = graph.operands(of: number).compactMap { known[$0] }
      let taken = operands.reduce(into: NonFinite()) { $0.formUnion(NonFinite(in: $1)) }
      let made = last.subtracting(taken)
      let isSource = operands.isEmpty
      if !made.isEmpty, !isSource { return anomaly(number, made, in: result, of: operands) }
      known[number] = result
    }
    // No operation made it, yet the kernel's result has it.
    guard last.isDisjoint(with: kinds) else { return nil }
    return Anomaly(.kernel(instruction.kernel.composition), kinds, in: values, entry.provenance)
  }

  /// The kernel's inputs, by graph entry.
  private func inputs() throws -> [Int: TensorValues] {
    var known: [Int: TensorValues] = [:]
    for input in instruction.inputs {
      guard let origin = executable.program.values[input].origin else { continue }
      let memory = try kept[input] ?? executable.read(input)
      known[origin.entry] = TensorValues(memory, from: origin, as: graph.entries[origin.entry].type)
    }
    return known
  }

  /// - Returns: nil for a state that the kernel did not read.
  private func evaluated(_ number: Int, _ known: [Int: TensorValues]) throws -> TensorValues? {
    if case .source(.state) = graph.entries[number].op { return nil }
    let operands = graph.operands(of: number).compactMap { known[$0] }.map { Tensor($0) }
    return try graph.expression(of: number, on: operands).values(on: .cpu)
  }

  private func anomaly(
    _ number: Int, _ kinds: NonFinite, in result: TensorValues, of operands: [TensorValues]
  ) -> Anomaly {
    let entry = graph.entries[number]
    var numbers: [Double] = []
    if case .pointwise = entry.op, let index = kinds.firstIndex(in: result) {
      numbers = operands.map { $0.doubles[index] }
    }
    return Anomaly(.operation(entry.op.operation.name, of: numbers), kinds, in: result, entry.provenance)
  }
}
