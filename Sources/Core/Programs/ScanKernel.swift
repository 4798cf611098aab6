package import Tensors

/// A scan: the program of one step, run again and again on other places in memory.
///
/// It reads the operation's inputs, and writes its result and, once memory is planned, what steps need for a while.
package struct ScanKernel: Hashable, Sendable {
  package let scan: Scan

  /// What a step runs.
  package let body: ScanProgram

  /// The index of the first element of each input.
  private let inputOffsets: [Int]

  init(_ scan: Scan, _ inputs: [View]) {
    (self.scan, inputOffsets) = (scan, inputs.map(\.offset))
    body = ScanProgram(scan.body)
  }

  private init(_ other: ScanKernel, body: ScanProgram) {
    (scan, inputOffsets, self.body) = (other.scan, other.inputOffsets, body)
  }

  package var steps: Int { scan.steps }

  /// The same with another program of a step.
  func mapping(_ transform: (Program) -> Program) -> ScanKernel {
    ScanKernel(self, body: ScanProgram(body, transform(body.program)))
  }

  /// True if a view can be read without a copy: each row begins at a multiple of `Program.alignment` then.
  static func canRead(_ view: View, _ dtype: DType) -> Bool {
    view.isContiguous && (view.offset * dtype.byteCount).isMultiple(of: Program.alignment)
  }

  /// A place in the memory of an instruction's inputs or outputs, in bytes.
  package enum Place: Hashable, Sendable {
    case input(Int, offset: Int)
    case output(Int, offset: Int)
  }

  /// The output that holds the result, and the one for what steps need for a while.
  private static let (resultOutput, scratchOutput) = (0, 1)

  /// The bytes that steps need for a while: their intermediates, and one of two places of each sum.
  package var scratchByteCount: Int {
    sumOffsets.last.map { $0.upperBound } ?? Program.aligned(body.program.arenaByteCount)
  }

  private var sumOffsets: [Range<Int>] {
    var end = Program.aligned(body.program.arenaByteCount)
    return scan.body.sumParts.map { index in
      let part = scan.layout.parts[index]
      defer { end += part.stride * part.type.dtype.byteCount }
      return end..<end + part.stride * part.type.dtype.byteCount
    }
  }

  /// The places of all values of a step's program.
  ///
  /// - Parameter step: by the order in which steps are computed.
  package func places(inStep step: Int) -> [Place] {
    let (layout, sums, sliceInputs) = (scan.layout, sumOffsets, scan.sliceInputs)
    func input(_ index: Int, elements: Int = 0, _ dtype: DType) -> Place {
      .input(index, offset: (inputOffsets[index] + elements) * dtype.byteCount)
    }
    func result(_ index: Int, row: Int) -> Place {
      let part = layout.parts[index]
      return .output(Self.resultOutput, offset: (part.offset + row * part.stride) * part.type.dtype.byteCount)
    }
    // A step reads one place of a sum and writes the other: the last one writes the result.
    func sum(_ index: Int, afterStep step: Int) -> Place {
      (steps - 1 - step).isMultiple(of: 2)
        ? result(scan.body.sumParts.lowerBound + index, row: 0)
        : .output(Self.scratchOutput, offset: sums[index].lowerBound)
    }
    let slice = scan.slice(ofStep: step)
    return body.program.values.map { value in
      switch value.storage {
      case .arena(let offset): return .output(Self.scratchOutput, offset: offset)
      case .constant: preconditionFailure("a constant of a scan is an argument of its steps")
      case .state(let state):
        guard let role = body.roles[state] else {
          preconditionFailure("the state '\(state.name)' is no argument of a scan's step")
        }
        switch role {
        case .carry(let index):
          return step == 0
            ? input(index, state.dtype) : result(index, row: scan.slice(ofStep: step - 1))
        case .slice(let index):
          let (place, row) = scan.slices[index].place(ofSlice: slice, of: steps)
          return input(
            sliceInputs[index] + place,
            elements: (row ?? 0) * ScanLayout.stride(of: TensorType(state.shape, state.dtype)), state.dtype)
        case .constant(let index): return input(scan.constantInput + index, state.dtype)
        case .sumBefore(let index):
          return step == 0 ? input(scan.zeroInput + index, state.dtype) : sum(index, afterStep: step - 1)
        case .sumAfter(let index): return sum(index, afterStep: step)
        case .result(let index): return result(index, row: slice)
        }
      }
    }
  }
}

/// The program of one step of a scan: it reads arguments, and assigns results.
package final class ScanProgram: Hashable, Sendable {
  /// What a state of the program stands for.
  enum Role: Hashable, Sendable {
    case carry(Int), slice(Int), constant(Int)
    case sumBefore(Int), sumAfter(Int)
    case result(Int)
  }

  package let program: Program
  let roles: [State: Role]

  init(_ body: ScanBody) {
    var roles: [State: Role] = [:]
    for (index, state) in body.carries.enumerated() { roles[state] = .carry(index) }
    for (index, state) in body.slices.enumerated() { roles[state] = .slice(index) }
    for (index, state) in body.constants.enumerated() { roles[state] = .constant(index) }
    var assignments: [Assignment] = []
    for (index, result) in body.results.enumerated() {
      let type = result.node.type
      var value = result
      if body.sumParts.contains(index) {
        let before = State(argument: "sum \(index)", type)
        roles[before] = .sumBefore(index - body.sumParts.lowerBound)
        value = before.value + result
      }
      // With the zeros up to the next row.
      let stride = ScanLayout.stride(of: type)
      let isPadded = stride != type.shape.count
      if isPadded {
        value = value.reshaped([type.shape.count]).padded(before: [0], after: [stride - type.shape.count])
      }
      let state = State(argument: "result \(index)", isPadded ? TensorType([stride], type.dtype) : type)
      roles[state] =
        body.sumParts.contains(index) ? .sumAfter(index - body.sumParts.lowerBound) : .result(index)
      assignments.append(Assignment(state, value))
    }
    self.roles = roles
    program = Program("step of a scan", assigning: assignments)
  }

  init(_ other: ScanProgram, _ program: Program) { (self.program, roles) = (program, other.roles) }

  package static func == (a: ScanProgram, b: ScanProgram) -> Bool { a === b }
  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension Program {
  /// The instructions, with those of the steps of scans, once, after each scan.
  package var instructionsWithSteps: [(program: Program, instruction: Instruction)] {
    instructions.flatMap { instruction in
      guard case .scan(let scan) = instruction.kernel else { return [(self, instruction)] }
      return [(self, instruction)] + scan.body.program.instructionsWithSteps
    }
  }

  /// The same program, with the steps of its scans changed.
  func mappingSteps(_ transform: (Program) -> Program) -> Program {
    var program = self
    program.instructions = instructions.map { instruction in
      guard case .scan(let scan) = instruction.kernel else { return instruction }
      return instruction.with(.scan(scan.mapping(transform)), outputs: instruction.outputs)
    }
    return program
  }

  /// Plans the memory of the steps of scans, and gives each scan what its steps need for a while.
  mutating func placeSteps() {
    self = mappingSteps { $0.placed() }
    for (index, instruction) in instructions.enumerated() {
      guard case .scan(let scan) = instruction.kernel, hasElements(instruction.outputs[0]) else { continue }
      let type = TensorType([scan.scratchByteCount], .uint8)
      guard type.shape.count > 0 else { continue }
      // A program may be planned again.
      let known = instruction.outputs.dropFirst().first
      let scratch = known ?? values.count
      let value = Value(type: type, storage: .arena(offset: 0), origin: nil)
      if known == nil { values.append(value) } else { values[scratch] = value }
      instructions[index] = instruction.with(
        instruction.kernel, outputs: [instruction.outputs[0], scratch])
    }
  }

  private func hasElements(_ value: ValueID) -> Bool { values[value].type.shape.count > 0 }
}

extension Program.Instruction {
  /// The same instruction with another kernel.
  fileprivate func with(_ kernel: Kernel, outputs: [Program.ValueID]) -> Program.Instruction {
    Program.Instruction(
      kernel: kernel, inputs: inputs, outputs: outputs, level: level, after: after, label: label, flops: flops
    )
  }
}
