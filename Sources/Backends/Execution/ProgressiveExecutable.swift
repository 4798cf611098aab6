package import Programs
package import Tensors

/// An executable that computes on the caller's thread, instruction by instruction, and lets others see how far it is.
package protocol ProgressiveExecutable: Executable {
  /// The program as it runs.
  var program: Program { get }

  /// Called after each instruction of a run, with its index; nil for none.
  ///
  /// What the instruction has written may be read.
  var progress: ((_ instruction: Int) throws -> Void)? { get set }
}

extension Program {
  /// For each instruction, the states that none after it writes or reads.
  package var completedStates: [[State]] {
    var last: [State: Int] = [:]
    for (index, instruction) in instructions.enumerated() {
      for value in instruction.inputs + instruction.outputs {
        if case .state(let state) = values[value].storage { last[state] = index }
      }
    }
    var completed = [[State]](repeating: [], count: instructions.count)
    for (state, index) in last { completed[index].append(state) }
    return completed
  }
}
