import Tensors

extension Lowering {
  /// Binds values to the states they are assigned to, computing them in place where that is safe.
  ///
  /// Every read of a state sees its value before the step. So a state may be overwritten in place only by an
  /// instruction that follows all its other readers, and that reads it, if at all, elementwise. Where that
  /// would be a cycle, as when two states swap values, the new value is computed elsewhere and copied at the
  /// end.
  mutating func assign(_ assignments: [(State, Program.ValueID)], keeping results: Set<Program.ValueID>) {
    for (state, value) in assignments {
      let readers = instructions.indices.filter { index in
        reads[index].contains { values[$0.value].storage == .state(state) }
      }
      if let writer = writer[value], isFree(value), !results.contains(value),
        canOverwrite(state, writer, readers)
      {
        values[value].storage = .state(state)
        order += readers.filter { $0 != writer }.map { (before: $0, after: writer) }
      } else {
        let copy = addValue(values[value].type, .state(state), values[value].origin)
        let kernel = PointwiseKernel(
          shape: Shape([values[value].type.shape.count]),
          inputs: [(values[value].type.dtype, View(of: Shape([values[value].type.shape.count])))], steps: [],
          results: [0])
        order += readers.map { (before: $0, after: instructions.count) }
        add(
          .pointwise(kernel), reading: [Read(value: value, isInPlace: true)], to: [copy], label: state.name,
          flops: 0)
      }
    }
  }

  private func isFree(_ value: Program.ValueID) -> Bool {
    if case .arena = values[value].storage { true } else { false }
  }

  private func canOverwrite(_ state: State, _ writer: Int, _ readers: [Int]) -> Bool {
    let own = reads[writer].filter { values[$0.value].storage == .state(state) }
    guard own.allSatisfy(\.isInPlace) else { return false }
    let later = instructionsAfter(writer)
    return readers.allSatisfy { $0 == writer || !later.contains($0) }
  }

  /// The instructions that depend on one, directly or not.
  private func instructionsAfter(_ instruction: Int) -> Set<Int> {
    let successors = self.successors
    var found: Set<Int> = []
    var stack = successors[instruction]
    while let next = stack.popLast() {
      if found.insert(next).inserted { stack += successors[next] }
    }
    return found
  }

  private var successors: [[Int]] {
    var successors: [[Int]] = Array(repeating: [], count: instructions.count)
    for (index, instruction) in instructions.enumerated() {
      for input in instruction.inputs + instruction.after {
        if let writer = writer[input] { successors[writer].append(index) }
      }
    }
    for (before, after) in order { successors[before].append(after) }
    return successors
  }

  /// The values, and the instructions sorted by level: each as early as its dependencies allow.
  func scheduled() -> ([Program.Value], [Program.Instruction]) {
    let successors = self.successors
    var waiting = [Int](repeating: 0, count: instructions.count)
    for successor in successors.joined() { waiting[successor] += 1 }
    var level = [Int](repeating: 0, count: instructions.count)
    var ready = instructions.indices.filter { waiting[$0] == 0 }
    var done = 0
    while let index = ready.popLast() {
      done += 1
      for successor in successors[index] {
        level[successor] = Swift.max(level[successor], level[index] + 1)
        waiting[successor] -= 1
        if waiting[successor] == 0 { ready.append(successor) }
      }
    }
    precondition(done == instructions.count, "the instructions wait for one another in a circle")
    let order = instructions.indices.sorted { (level[$0], $0) < (level[$1], $1) }
    let sorted = order.map { index in
      var instruction = instructions[index]
      instruction.level = level[index]
      return instruction
    }
    return (values, sorted)
  }
}
