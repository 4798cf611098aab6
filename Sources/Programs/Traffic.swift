import Tensors

extension Program {
  /// Bytes that one run reads and writes, if nothing stays in a cache.
  package var byteTraffic: Int { instructions.reduce(0) { $0 + byteTraffic(of: $1) } }

  /// Bytes that an instruction reads and writes: each element that it touches once.
  ///
  /// Less than its values hold where it walks through a part of one: a batch of rows out of a data set, say.
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
  /// At most how many elements of an input are read; nil for all of them.
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
  /// At most how many elements of a buffer are read; nil for all of them.
  fileprivate func touchedElements(of buffer: Int) -> Int? {
    var touched = 0
    for part in segments.flatMap(\.parts) {
      for (index, operand) in part.inputs.enumerated() where operand == .buffer(buffer) {
        guard let some = part.kernel.touchedElements(ofInput: index) else { return nil }
        touched += some
      }
    }
    return touched
  }
}
