import CPUBackend
package import Execution
import Programs
import Synchronization
package import Tensors

/// A row of the op table, computed on a backend.
package struct RowRun {
  package let output: TensorValues

  /// Writes outside the memory that the program may write; empty if there are none.
  package let damage: [String]

  /// Inputs are states; they and the guard regions around the intermediates must be unchanged.
  package init(
    _ row: OpRow, on backend: any Backend, real: DType, digits: DType = .float32, seed: UInt64 = 231
  ) throws {
    let inputs = row.inputs.enumerated().map { index, input in
      let values = input.values(real, digits: digits, seed: seed &+ UInt64(index) &* 7919)
      return State("input \(index)", values.shape, dtype: values.dtype, role: .data, initial: .values(values))
    }
    var options = Program.Options()
    options.guardByteCount = 512
    let program = try Program(
      "\(row)", outputs: [("y", row.build(inputs.map(\.value)))], options: options)
    let executable = try backend.compile(program)
    guard let inspectable = executable as? any InspectableExecutable else {
      preconditionFailure("\(backend.name) does not show its memory to tests")
    }
    // Backends with fusion plan the memory of the fused program.
    let planned = backend.planned(program)
    // All ones: NaN in either float type, −1 in int32, so that elements that were never written are detected.
    try inspectable.fillArena(with: 0xFF)
    try inspectable.run(steps: 1)
    output = try inspectable.output(0)
    var damage: [String] = []
    for (state, input) in zip(inputs, row.inputs.indices) {
      guard case .values(let before) = state.initial else { continue }
      if try backend.read(state) != before { damage.append("input \(input) was changed") }
    }
    var mayBeWritten = [Bool](repeating: false, count: planned.arenaByteCount)
    for value in planned.values {
      guard case .arena(let offset) = value.storage else { continue }
      for byte in offset..<offset + value.type.byteCount { mayBeWritten[byte] = true }
    }
    for (byte, value) in try inspectable.arenaBytes().prefix(planned.arenaByteCount).enumerated()
    where !mayBeWritten[byte] && value != 0xFF {
      damage.append("byte \(byte) of the arena, which belongs to no value, was overwritten")
      break
    }
    self.damage = damage
  }
}

extension OpRow {
  /// The reference's result in float64, for the same inputs.
  ///
  /// Computed once per process, for every backend in each of its forms.
  package func reference(digits: DType = .float32) throws -> TensorValues {
    let key = "\(self) in \(digits)"
    if let known = Self.references.withLock({ $0[key] }) { return known }
    let values = try RowRun(self, on: CPUBackend(.reference), real: .float64, digits: digits).output
    Self.references.withLock { $0[key] = values }
    return values
  }

  private static let references = Mutex<[String: TensorValues]>([:])

  /// The first element outside the tolerance; nil if there is none.
  package func disagreement(
    of actual: TensorValues, with reference: TensorValues, in real: DType = .float32
  ) -> String? {
    let tolerance = real == .float64 ? tolerance.inFloat64 : tolerance
    guard actual.shape == reference.shape else {
      return "the shape is \(actual.shape), not \(reference.shape)"
    }
    for (index, (a, b)) in zip(actual.doubles, reference.doubles).enumerated()
    where !tolerance.allows(a, for: b) {
      return "element \(index) is \(a), but the reference has \(b)"
    }
    return nil
  }
}
