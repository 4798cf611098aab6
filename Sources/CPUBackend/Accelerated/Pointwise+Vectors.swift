import CKernels
import Programs
import Tensors

extension Accelerated {
  /// Fast because a chain of any length makes one trip through memory, in blocks that stay in the first-level cache.
  static func pointwise(_ kernel: PointwiseKernel, inputs: [Place], outputs: [Place]) -> Work? {
    let types = (inputs + outputs).map(\.type.dtype) + kernel.steps.map(\.dtype)
    guard !types.contains(.float64), kernel.shape.count <= LEMNOS_MAX_RANK,
      inputs.count <= LEMNOS_MAX_INPUTS, kernel.steps.count <= LEMNOS_MAX_STEPS,
      outputs.count <= LEMNOS_MAX_RESULTS
    else { return nil }
    let machine = MachineProgram(kernel, inputs: inputs, outputs: outputs)
    // A thread's share is worth waking it for at about 16,000 element operations.
    return Work(extent: kernel.count, grain: max(2048, 16_384 / max(kernel.steps.count, 1))) { range in
      lemnos_pointwise_run(machine.pointer, Int64(range.lowerBound), Int64(range.upperBound))
    }
  }
}

/// A kernel in the form that the register machine runs.
private final class MachineProgram {
  let pointer = UnsafeMutablePointer<lemnos_pointwise>.allocate(capacity: 1)

  init(_ kernel: PointwiseKernel, inputs: [Place], outputs: [Place]) {
    let program = pointer
    program.initialize(to: lemnos_pointwise())
    // A kernel of one element has no axes; the machine wants at least one.
    let shape = kernel.shape.isEmpty ? [1] : kernel.shape
    program.pointee.rank = Int32(shape.count)
    copy(shape.map(Int64.init), to: &program.pointee.shape)
    program.pointee.input_count = Int32(inputs.count)
    program.pointee.step_count = Int32(kernel.steps.count)
    program.pointee.result_count = Int32(outputs.count)
    copy(
      zip(kernel.inputs, inputs).map { lemnos_input($0, at: $1, shape: shape) }, to: &program.pointee.inputs)
    copy(kernel.steps.map { lemnos_step($0, of: kernel) }, to: &program.pointee.steps)
    let results = zip(outputs, kernel.results).map { place, register in
      lemnos_result(base: place.base, dtype: lemnos_dtype(place.type.dtype), source: Int32(register))
    }
    copy(results, to: &program.pointee.results)
  }

  deinit { pointer.deallocate() }
}

/// C's fixed arrays are tuples in Swift.
private func copy<Element, Tuple>(_ elements: [Element], to tuple: inout Tuple) {
  withUnsafeMutableBytes(of: &tuple) { raw in
    raw.bindMemory(to: Element.self).baseAddress?.update(from: elements, count: elements.count)
  }
}

extension lemnos_dtype {
  fileprivate init(_ dtype: DType) {
    switch dtype {
    case .float32: self = LEMNOS_FLOAT32
    case .int32: self = LEMNOS_INT32
    case .uint8: self = LEMNOS_UINT8
    case .float64: preconditionFailure("the register machine has no float64")
    }
  }
}

extension lemnos_input {
  fileprivate init(_ input: PointwiseKernel.Input, at place: Place, shape: [Int]) {
    self.init()
    base = UnsafeRawPointer(place.base)
    dtype = lemnos_dtype(place.type.dtype)
    walk = input.isUniform ? LEMNOS_UNIFORM : input.isContiguous ? LEMNOS_CONTIGUOUS : LEMNOS_STRIDED
    offset = Int64(input.offset)
    copy(input.strides.map(Int64.init), to: &strides)
    let bounds = input.bounds ?? shape.map { 0..<$0 }
    copy(bounds.map { Int64($0.lowerBound) }, to: &lower)
    copy(bounds.map { Int64($0.upperBound) }, to: &upper)
  }
}

extension lemnos_step {
  fileprivate init(_ register: PointwiseKernel.Register, of kernel: PointwiseKernel) {
    self.init()
    switch register.step {
    case .literal(let number):
      operation = LEMNOS_LITERAL
      literal = register.dtype == .float32 ? Int32(bitPattern: Float(number).bitPattern) : Int32(number)
    case .apply(let op, let registers):
      operation = lemnos_operation(op)
      is_float = kernel.dtype(of: registers[0]).isFloating ? 1 : 0
      // Steps of fewer arguments name their first again, so that each names registers that exist.
      let padded = (0..<3).map { Int32(registers[$0 < registers.count ? $0 : 0]) }
      arguments = (padded[0], padded[1], padded[2])
    }
  }
}

extension lemnos_operation {
  fileprivate init(_ op: Pointwise) {
    self =
      switch op {
      case .negate: LEMNOS_NEGATE
      case .abs: LEMNOS_ABS
      case .exp: LEMNOS_EXP
      case .log: LEMNOS_LOG
      case .sqrt: LEMNOS_SQRT
      case .tanh: LEMNOS_TANH
      case .sigmoid: LEMNOS_SIGMOID
      case .relu: LEMNOS_RELU
      case .floor: LEMNOS_FLOOR
      case .cast(.float32), .cast(.float64): LEMNOS_TO_FLOAT
      case .cast(.int32): LEMNOS_TO_INT
      case .cast(.uint8): LEMNOS_TO_BYTE
      // Registers are float32 already.
      case .rounded(.float32): LEMNOS_TO_FLOAT
      case .rounded(.tf32): LEMNOS_ROUND_TF32
      case .rounded(.bfloat16): LEMNOS_ROUND_BFLOAT16
      case .rounded(.float16): LEMNOS_ROUND_FLOAT16
      case .add: LEMNOS_ADD
      case .subtract: LEMNOS_SUBTRACT
      case .multiply: LEMNOS_MULTIPLY
      case .divide: LEMNOS_DIVIDE
      case .maximum: LEMNOS_MAXIMUM
      case .minimum: LEMNOS_MINIMUM
      case .power: LEMNOS_POWER
      case .remainder: LEMNOS_REMAINDER
      case .equal: LEMNOS_EQUAL
      case .less: LEMNOS_LESS
      case .select: LEMNOS_SELECT
      }
  }
}
