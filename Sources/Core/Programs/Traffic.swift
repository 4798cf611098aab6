import Tensors

extension Program {
  /// The memory traffic of one run in bytes, without caches.
  package var byteTraffic: Int { instructions.reduce(0) { $0 + byteTraffic(of: $1) } }

  /// The bytes that an instruction reads and writes, each element counted once.
  ///
  /// Less than the size of its values where it reads only some of them, such as a gathered batch of rows.
  package func byteTraffic(of instruction: Instruction) -> Int {
    let inputs = zip(instruction.inputs, instruction.inputs.indices).map { value, index in
      let type = values[value].type
      let touched = instruction.kernel.touchedElements(ofInput: index) ?? type.shape.count
      return min(touched, type.shape.count) * type.dtype.byteCount
    }
    return inputs.reduce(0, +) + instruction.outputs.reduce(0) { $0 + values[$1].type.byteCount }
  }
}

extension Kernel {
  /// An upper bound of the elements read of an input; nil for all of them.
  fileprivate func touchedElements(ofInput index: Int) -> Int? {
    switch self {
    case .gather(let kernel): index == 0 ? kernel.count * kernel.rowLength : nil
    case .gatherShuffled(let kernel, _): index == 0 ? kernel.count * kernel.rowLength : nil
    case .fused(let kernel): kernel.touchedElements(of: kernel.inputBuffers[index])
    case .pointwise(let kernel):
      zip(kernel.shape, kernel.inputs[index].strides).reduce(1) { $1.1 == 0 ? $0 : $0 * $1.0 }
    default: nil
    }
  }
}

extension FusedKernel {
  /// An upper bound of the elements read of a buffer; nil for all of them.
  fileprivate func touchedElements(of buffer: Int) -> Int? {
    var touched = 0
    for part in fusionGroups.flatMap(\.parts) {
      for (index, operand) in part.inputs.enumerated() where operand == .buffer(buffer) {
        guard let some = part.kernel.touchedElements(ofInput: index) else { return nil }
        touched += some
      }
    }
    return touched
  }
}
