package import Execution
package import Programs
package import Tensors

/// Runs a program kernel by kernel and stops at the first that makes a NaN or infinity not present in its
/// inputs.
///
/// Results are bitwise those of the plain program. Only values in memory count: an infinity inside a kernel,
/// such as the identity of a maximum, is no anomaly.
package final class AnomalyWatch: Executable {
  private let executable: any InspectableExecutable
  private let graph: Graph

  /// True if gradients may overflow, because the step is skipped then.
  private let scalesLoss: Bool

  /// The steps since initialization.
  package private(set) var stepsDone = 0

  /// - Parameter program: as it was compiled, before planning by the backend.
  package init(_ executable: any InspectableExecutable, of program: Program, scalesLoss: Bool) {
    (self.executable, graph, self.scalesLoss) = (executable, program.graph, scalesLoss)
  }

  package var stepsPerSubmit: Int { executable.stepsPerSubmit }

  package func output(_ index: Int) throws -> TensorValues { try executable.output(index) }

  /// - Throws: `Anomaly`.
  package func run(steps: Int) throws {
    try checkStates()
    for _ in 0..<steps {
      for instruction in executable.program.instructions.indices { try run(instruction) }
      stepsDone += 1
    }
  }

  /// Checks the states from before the step, of which no operation in it is the origin.
  private func checkStates() throws {
    var seen: Set<State> = []
    for (value, storage) in executable.program.values.map(\.storage).enumerated() {
      guard case .state(let state) = storage, state.dtype.isFloating, !state.startsInfinite,
        seen.insert(state).inserted, try !kinds(of: value).isEmpty
      else { continue }
      let values = try executable.read(value)
      let kinds = NonFinite(in: values)
      throw Anomaly(.state(state.name), kinds, in: values, Provenance(.forward))
    }
  }

  private func run(_ index: Int) throws {
    let program = executable.program
    let instruction = program.instructions[index]
    guard program.hasWork(instruction) else { return }
    // Overwritten inputs must be saved for a later search.
    let overwritten = Set(instruction.outputs.compactMap { program.values[$0].state })
    let replaced = Set(instruction.replacements.map(\.replaced))
    var kept: [Program.ValueID: TensorValues] = [:]
    for input in instruction.inputs where program.values[input].type.dtype.isFloating {
      if replaced.contains(input) || program.values[input].state.map(overwritten.contains) ?? false {
        kept[input] = try executable.read(input)
      }
    }
    try executable.run(instruction: index)
    let made = try instruction.outputs.map { try kinds(of: $0) }
    guard made.contains(where: { !$0.isEmpty }) else { return }
    let read = try instruction.inputs.reduce(into: NonFinite()) { kinds, input in
      kinds.formUnion(try kept[input].map { NonFinite(in: $0) } ?? self.kinds(of: input))
    }
    let suspects = zip(instruction.outputs, made).filter { !$1.subtracting(read).isEmpty }.map(\.0)
    guard !suspects.isEmpty else { return }
    let search = AnomalySearch(graph, executable, instruction, kept)
    for suspect in suspects {
      guard let anomaly = try search.anomaly(of: suspect, notIn: read) else { continue }
      let isGuarded =
        program.values[suspect].state == nil && anomaly.phase != Provenance.Phase.forward.rawValue
      if scalesLoss && isGuarded { continue }
      throw anomaly
    }
  }

  private func kinds(of value: Program.ValueID) throws -> NonFinite {
    let dtype = executable.program.values[value].type.dtype
    guard dtype.isFloating else { return [] }
    return try executable.withBytes(of: value) { NonFinite(in: $0, dtype) }
  }
}

extension Anomaly {
  /// The first number of some kinds in a tensor.
  init(_ cause: Cause, _ kinds: NonFinite, in values: TensorValues, _ provenance: Provenance) {
    let index = kinds.firstIndex(in: values) ?? 0
    self.init(
      cause: cause, value: values.doubles[index], element: values.shape.coordinates(of: index),
      type: "\(values.dtype)\(values.shape)", phase: provenance.phase.rawValue, subject: provenance.subject,
      location: provenance.location.description)
  }
}

extension State {
  /// True if its initial value is infinite, such as the identity of a maximum.
  fileprivate var startsInfinite: Bool {
    switch initial {
    case .constant(let number): !number.isFinite
    case .values(let values): !NonFinite(in: values).isEmpty
    case .bytes: dtype.isFloating && !NonFinite(in: initial.values(for: self, seed: 0)).isEmpty
    case .same(let other), .norms(let other): other.startsInfinite
    case .zeros, .normal, .truncatedNormal, .uniform, .orthogonal: false
    }
  }
}
