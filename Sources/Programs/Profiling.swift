import Tensors

/// An executable that can say how long each of its instructions takes.
package protocol ProfiledExecutable: Executable {
  /// What it runs: kernels, labels, flops and bytes of its own instructions, which need not be those of the program that
  /// was compiled.
  var program: Program { get }

  /// How often a step waits for all that came before it in the step; nil where instructions run one after another.
  var barrierCount: Int? { get }

  /// Runs some steps, one instruction after another, with the time noted before and after each.
  ///
  /// - Returns: in the order of time. Instructions of empty values take no time and are left out.
  func profile(steps: Int) throws -> [InstructionTime]
}

/// When an instruction ran.
package struct InstructionTime: Hashable, Sendable {
  /// From 0, among the steps that were profiled.
  package let step: Int

  /// Its position in the executable's program.
  package let instruction: Int

  /// Nanoseconds from an arbitrary beginning, the same for all of a profile.
  package let start: UInt64
  package let end: UInt64

  package init(step: Int, instruction: Int, start: UInt64, end: UInt64) {
    (self.step, self.instruction, self.start, self.end) = (step, instruction, start, end)
  }
}

extension Program {
  /// Whether an instruction computes anything: values without elements need no work.
  package func hasWork(_ instruction: Instruction) -> Bool {
    instruction.outputs.contains { values[$0].type.shape.count > 0 }
  }

  /// Where an instruction belongs, for people: the layer that asked for it.
  ///
  /// Where no layer did, as for gradients and updates, the state that it writes (→) or the first parameter that it reads;
  /// else the type of its result.
  package func place(of instruction: Instruction) -> String {
    if !instruction.label.isEmpty { return instruction.label }
    func state(_ value: ValueID) -> State? {
      if case .state(let state) = values[value].storage { state } else { nil }
    }
    let written = instruction.outputs.compactMap(state)
    if let state = written.first(where: \.isParameter) ?? written.first { return "→ \(state.name)" }
    if let state = instruction.inputs.compactMap(state).first(where: \.isParameter) { return state.name }
    return instruction.outputs.first.map { "\(values[$0].type)" } ?? ""
  }
}
