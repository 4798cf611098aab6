import CKernels
import Programs
import Tensors

extension Accelerated {
  /// Fast because a chain of any length makes one trip through memory, in blocks that stay in the first-level cache.
  static func pointwise(_ kernel: PointwiseKernel, inputs: [Place], outputs: [Place]) -> Work? {
    guard kernel.isForMachine, !(inputs + outputs).contains(where: { $0.type.dtype == .float64 }) else {
      return nil
    }
    var builder = ChainBuilder()
    let results = builder.add(kernel, inputs.map { .memory($0) })
    for (register, output) in zip(results, outputs) { builder.store(register, to: output) }
    let chain = builder.build()
    return Work(extent: kernel.count, grain: chain.grain) { chain.run($0) }
  }
}

extension PointwiseKernel {
  /// Whether the register machine can run it.
  var isForMachine: Bool {
    shape.count <= LEMNOS_MAX_RANK
      && !(inputs.map(\.dtype) + steps.map(\.dtype)).contains(.float64)
  }
}
