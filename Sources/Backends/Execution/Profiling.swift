package import Programs
import Tensors

/// An executable that measures the time of each of its instructions.
package protocol ProfiledExecutable: Executable {
  /// The program it runs, whose instructions may differ from those of the program that was compiled.
  var program: Program { get }

  /// The number of full barriers per step; nil where instructions run one after another.
  var barrierCount: Int? { get }

  /// Runs some steps, one instruction after another, with a timestamp before and after each.
  ///
  /// - Returns: times in chronological order. Instructions with empty outputs take no time and are left out.
  func profile(steps: Int) throws -> [InstructionTime]
}

/// The start and end of an instruction's execution.
package struct InstructionTime: Hashable, Sendable {
  /// The index of the step among those profiled, from 0.
  package let step: Int

  /// The index of the instruction in the executable's program.
  package let instruction: Int

  /// Nanoseconds from an arbitrary origin common to the profile.
  package let start: UInt64
  package let end: UInt64

  package init(step: Int, instruction: Int, start: UInt64, end: UInt64) {
    (self.step, self.instruction, self.start, self.end) = (step, instruction, start, end)
  }
}

extension Program {
  /// True if an instruction has any elements to compute.
  package func hasWork(_ instruction: Instruction) -> Bool {
    instruction.outputs.contains { values[$0].type.shape.count > 0 }
  }

  /// A display label for an instruction: the layer that asked for it.
  ///
  /// If there is none, as for gradients and updates: the state that it writes (→), the first parameter that
  /// it reads, or the type of its result.
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
