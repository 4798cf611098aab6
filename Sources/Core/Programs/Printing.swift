import Tensors

extension Program: CustomStringConvertible {
  /// The program as a listing: one line for each instruction, by level, and what it costs.
  ///
  ///     level 3   %7 float32[100, 10] @4096 = matmul(%5, 2.weight)   200 kflop   2 (Dense)
  public var description: String {
    var lines = ["program \(name)"]
    for instruction in instructions {
      let results = instruction.outputs.map { "\(label($0)) \(values[$0].type)\(place($0))" }
      let operands = instruction.inputs.map(label).joined(separator: ", ")
      var line = "  level \(instruction.level)   \(results.joined(separator: ", ")) = "
      line += "\(instruction.kernel.composition)(\(operands))\(steps(of: instruction))"
      if !instruction.label.isEmpty { line += "   \(instruction.label)" }
      lines.append(line)
    }
    for output in outputs { lines.append("  result \(output.name) = \(label(output.value))") }
    let levels = Set(instructions.map(\.level)).count
    lines.append(
      "  \(instructions.count) kernels on \(levels) levels, \(flops) flops, \(byteTraffic) bytes moved, "
        + "arena of \(arenaByteCount) bytes")
    return lines.joined(separator: "\n")
  }

  private func label(_ value: ValueID) -> String {
    switch values[value].storage {
    case .arena: "%\(value)"
    case .state(let state): state.name
    case .constant: "constant %\(value)"
    }
  }

  private func place(_ value: ValueID) -> String {
    if case .arena(let offset) = values[value].storage { " @\(offset)" } else { "" }
  }

  private func steps(of instruction: Instruction) -> String {
    switch instruction.kernel {
    case .pointwise(let kernel): return " { " + kernel.description + " }"
    case .scan(let scan):
      let kernels = scan.body.program.instructions.map(\.kernel.composition)
      return " { \(scan.steps) times \(kernels.joined(separator: "; ")) }"
    default: return ""
    }
  }
}

extension PointwiseKernel: CustomStringConvertible {
  /// The chain as formulas: `r2 = add(r0, r1); r3 = relu(r2)`.
  package var description: String {
    let formulas = steps.enumerated().map { index, register in
      switch register.step {
      case .literal(let number): "r\(inputs.count + index) = \(number)"
      case .apply(let operation, let arguments):
        "r\(inputs.count + index) = \(operation.name)(\(arguments.map { "r\($0)" }.joined(separator: ", ")))"
      }
    }
    return (formulas + ["store " + results.map { "r\($0)" }.joined(separator: ", ")]).joined(separator: "; ")
  }
}
