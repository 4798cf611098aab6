import CKernels
import Programs
import ReferenceKernels
import Tensors

extension Accelerated {
  /// Fast because a chain of any length makes one pass through memory, in blocks that stay in the L1 cache.
  static func pointwise(_ kernel: PointwiseKernel, inputs: [BufferView], outputs: [BufferView]) -> Work? {
    guard kernel.isForMachine, !(inputs + outputs).contains(where: { $0.type.dtype == .float64 }) else {
      return nil
    }
    if kernel.isTransposition, let transpose = transpose(kernel, inputs[0], outputs[0]) { return transpose }
    var builder = ChainBuilder()
    let results = builder.add(kernel, inputs.map { .memory($0) })
    for (register, output) in zip(results, outputs) { builder.store(register, to: output) }
    let chain = builder.build()
    return Work(extent: kernel.count, grain: chain.grain) { chain.run($0) }
  }
}

extension Accelerated {
  /// A transposing copy: fast because square tiles are transposed in registers.
  private static func transpose(_ kernel: PointwiseKernel, _ x: BufferView, _ y: BufferView) -> Work? {
    guard x.type.dtype == .float32 else { return nil }
    let (from, to) = (x.pointer(to: Float.self) + kernel.inputs[0].offset, y.pointer(to: Float.self))
    // The result's rows are the input's columns.
    let (columns, rows) = (kernel.shape[kernel.shape.count - 2], kernel.shape[kernel.shape.count - 1])
    return Work(extent: kernel.count / (rows * columns), grain: max(1, 16_384 / (rows * columns))) { range in
      lemnos_transpose(
        from, Int64(rows), Int64(columns), to, Int64(range.lowerBound), Int64(range.upperBound))
    }
  }
}

extension PointwiseKernel {
  /// True if the chain interpreter supports it, whose registers have 32 bits.
  var isForMachine: Bool {
    shape.count <= LEMNOS_MAX_RANK
      && !(inputs.map(\.dtype) + steps.map(\.dtype)).contains(.float64) && !movesInt64
  }
}
