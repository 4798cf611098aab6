import CKernels
import Execution
import Programs
import ReferenceKernels
import Tensors

/// A chain of pointwise operations, compiled for the C interpreter: `lemnos_pointwise`.
final class Chain: @unchecked Sendable {
  // Immutable after initialization.
  private let inputs: UnsafeMutableBufferPointer<lemnos_input>
  private let steps: UnsafeMutableBufferPointer<lemnos_step>
  private let results: UnsafeMutableBufferPointer<lemnos_result>
  private let reductions: UnsafeMutableBufferPointer<lemnos_reduction>
  private let slots: UnsafeMutableBufferPointer<Int32>
  private let code: UnsafeMutableBufferPointer<lemnos_instruction>
  private let marks: UnsafeMutableBufferPointer<UInt8>
  private let kernel: lemnos_pointwise

  /// The approximate number of operations per element.
  let operations: Int

  fileprivate init(
    _ inputs: [lemnos_input], _ steps: [lemnos_step], _ results: [lemnos_result],
    _ reductions: [lemnos_reduction],
    slots: [Int32], slotCount: Int
  ) {
    self.inputs = copied(inputs)
    self.steps = copied(steps)
    self.results = copied(results)
    self.reductions = copied(reductions)
    self.slots = copied(slots)
    operations = inputs.count + steps.count + results.count + reductions.count
    let limit = Int(
      lemnos_instruction_limit(Int32(steps.count), Int32(results.count), Int32(reductions.count)))
    code = copied(Array(repeating: lemnos_instruction(), count: 2 * limit))
    let registers = inputs.count + steps.count
    marks = copied(Array(repeating: 0, count: 2 * registers + results.count + reductions.count))
    var kernel = lemnos_pointwise(
      input_count: Int32(inputs.count), step_count: Int32(steps.count), result_count: Int32(results.count),
      reduction_count: Int32(reductions.count), slots: Int32(slotCount), inputs: self.inputs.baseAddress,
      steps: self.steps.baseAddress, results: self.results.baseAddress,
      reductions: self.reductions.baseAddress,
      slot: self.slots.baseAddress, block: 0, code: code.baseAddress,
      rest: code.baseAddress?.advanced(by: limit), is_number: marks.baseAddress,
      is_filled: marks.baseAddress?.advanced(by: registers),
      is_late: marks.baseAddress?.advanced(by: 2 * registers),
      is_accumulated: marks.baseAddress?.advanced(by: 2 * registers + results.count))
    lemnos_pointwise_prepare(&kernel)
    self.kernel = kernel
  }

  deinit {
    inputs.deallocate()
    steps.deallocate()
    results.deallocate()
    reductions.deallocate()
    slots.deallocate()
    code.deallocate()
    marks.deallocate()
  }

  /// True if it stores or reduces anything.
  var hasEffect: Bool { kernel.result_count + kernel.reduction_count > 0 }

  /// The least number of elements for which waking another thread pays.
  var grain: Int { max(2048, 65_536 / max(operations, 1)) }

  /// Passes the address of an element in each input that is read contiguously in words of four bytes.
  func withMemory(from element: Int, _ body: (UnsafeBufferPointer<UnsafePointer<Float>?>) -> Void) {
    withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: inputs.count) { memory in
      var count = 0
      for input in inputs where input.walk == LEMNOS_CONTIGUOUS && input.dtype == LEMNOS_FLOAT32 {
        memory[count] = input.base.assumingMemoryBound(to: Float.self) + Int(input.offset) + element
        count += 1
      }
      body(UnsafeBufferPointer(rebasing: memory[..<count]))
    }
  }

  /// - Parameters:
  ///   - local: the local input, at the first element of the range.
  ///   - totals: the accumulators of each reduction.
  func run(
    _ range: Range<Int>, local: UnsafePointer<Float>? = nil,
    totals: UnsafePointer<UnsafeMutablePointer<Float>?>? = nil
  ) {
    withUnsafePointer(to: kernel) {
      lemnos_pointwise_run($0, Int64(range.lowerBound), Int64(range.upperBound), local, totals)
    }
  }
}

private func copied<Element>(_ elements: [Element]) -> UnsafeMutableBufferPointer<Element> {
  let memory = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
  _ = memory.initialize(from: elements)
  return memory
}

/// Fuses pointwise kernels into one chain, with values passed in registers.
struct ChainBuilder {
  enum Register: Hashable {
    case input(Int)
    case step(Int)
  }

  /// The source of a kernel's input.
  enum Operand {
    /// Memory, read through the kernel's strides.
    case memory(BufferView)
    /// A value computed by the chain, elementwise.
    case register(Register)
  }

  private struct Walk: Hashable {
    let base: UnsafeMutableRawPointer
    let input: PointwiseKernel.Input
    let shape: [Int]
  }

  private var inputs: [lemnos_input] = []
  private var known: [Walk: Int] = [:]
  private var steps: [(step: lemnos_step, arguments: [Register])] = []
  private var results: [(result: lemnos_result, source: Register)] = []
  private var reductions: [(reduction: lemnos_reduction, source: Register)] = []

  /// An input whose address is passed to each run of the chain.
  mutating func local() -> Register {
    var input = lemnos_input()
    (input.dtype, input.walk) = (LEMNOS_FLOAT32, LEMNOS_LOCAL)
    inputs.append(input)
    return .input(inputs.count - 1)
  }

  /// A whole float32 value, read contiguously.
  mutating func load(_ view: BufferView) -> Register {
    var input = lemnos_input()
    (input.base, input.dtype, input.walk) = (UnsafeRawPointer(view.base), LEMNOS_FLOAT32, LEMNOS_CONTIGUOUS)
    inputs.append(input)
    return .input(inputs.count - 1)
  }

  /// - Returns: the registers of the kernel's results.
  mutating func add(_ kernel: PointwiseKernel, _ operands: [Operand]) -> [Register] {
    var registers = zip(kernel.inputs, operands).map { input, operand -> Register in
      switch operand {
      case .register(let register): register
      case .memory(let view): load(input, at: view, shape: kernel.shape)
      }
    }
    for register in kernel.steps {
      steps.append(step(register, of: kernel, registers))
      registers.append(.step(steps.count - 1))
    }
    return kernel.results.map { registers[$0] }
  }

  mutating func store(_ register: Register, to view: BufferView) {
    let result = lemnos_result(base: view.base, dtype: lemnos_dtype(view.type.dtype), source: 0)
    results.append((result, register))
  }

  /// Reduces a register, along rows where `inner` is 1, else along columns.
  ///
  /// - Parameter rows: the distance of rows that share a total; 0 if each row has its own.
  mutating func reduce(_ register: Register, reduced: Int, inner: Int, rows: Int) {
    let reduction = lemnos_reduction(
      source: 0, reduced: Int64(reduced), inner: Int64(inner), rows: Int64(rows))
    reductions.append((reduction, register))
  }

  private mutating func load(_ input: PointwiseKernel.Input, at view: BufferView, shape: [Int]) -> Register {
    let walk = Walk(base: view.base, input: input, shape: shape)
    if let index = known[walk] { return .input(index) }
    // A kernel of one element has rank 0; the interpreter needs at least 1.
    inputs.append(lemnos_input(input, at: view, shape: shape.isEmpty ? [1] : shape))
    known[walk] = inputs.count - 1
    return .input(inputs.count - 1)
  }

  private func step(
    _ register: PointwiseKernel.Register, of kernel: PointwiseKernel, _ registers: [Register]
  ) -> (lemnos_step, [Register]) {
    var step = lemnos_step()
    switch register.step {
    case .literal(let number):
      step.operation = LEMNOS_LITERAL
      let nearest = register.dtype.nearest(to: number)
      step.literal =
        register.dtype.isFloating ? Int32(bitPattern: Float(nearest).bitPattern) : Int32(nearest)
      return (step, [])
    case .apply(let op, let arguments):
      step.operation = lemnos_operation(op)
      step.is_float = kernel.dtype(of: arguments[0]).isFloating ? 1 : 0
      return (step, arguments.map { registers[$0] })
    }
  }

  // Each step is rounded by itself: results do not depend on fusion.
  func build() -> Chain {
    let order = stepsInOrder()
    let places = Dictionary(uniqueKeysWithValues: zip(order, 0...))
    let number = { (register: Register) -> Int in
      switch register {
      case .input(let index): index
      case .step(let index): inputs.count + (places[index] ?? 0)
      }
    }
    let steps = order.map { self.steps[$0] }
    let numbered = steps.map { step, arguments in
      var step = step
      // Unused arguments repeat the first one, so that each names a valid register.
      let padded = (0..<3).map {
        $0 < arguments.count ? number(arguments[$0]) : arguments.first.map(number) ?? 0
      }
      step.arguments = (Int32(padded[0]), Int32(padded[1]), Int32(padded[2]))
      return step
    }
    let ends = Set((results.map(\.source) + reductions.map(\.source)).map(number))
    let (slots, count) = ChainBuilder.slots(
      inputs: inputs, steps: steps.map { step, arguments in (step.operation, arguments.map(number)) }, ends)
    return Chain(
      inputs, numbered,
      results.map { result, source in
        lemnos_result(base: result.base, dtype: result.dtype, source: Int32(number(source)))
      },
      reductions.map { reduction, source in
        lemnos_reduction(
          source: Int32(number(source)), reduced: reduction.reduced, inner: reduction.inner,
          rows: reduction.rows)
      }, slots: slots, slotCount: count)
  }

  /// The live steps, each placed just before its first reader, which then finds it in the accumulator.
  private func stepsInOrder() -> [Int] {
    var uses: [Register: Int] = [:]
    for register in steps.flatMap(\.arguments) { uses[register, default: 0] += 1 }
    // A result that overwrites an input comes last, so that the others still read the input.
    let bases = Set(inputs.map(\.base))
    let ends =
      reductions.map { (isLast: false, source: $0.source) }
      + results.map { (isLast: bases.contains(UnsafeRawPointer($0.result.base)), source: $0.source) }
    let roots = ends.compactMap { isLast, source -> (isLast: Bool, step: Int)? in
      if case .step(let step) = source { (isLast, step) } else { nil }
    }
    var order: [Int] = []
    var isThere = steps.map { _ in false }
    func add(_ step: Int) {
      guard !isThere[step] else { return }
      isThere[step] = true
      // Shared arguments go to memory anyway; the last argument stays in the accumulator.
      for isShared in [true, false] {
        for case .step(let argument) in steps[step].arguments
        where isShared == (uses[.step(argument), default: 0] > 1) { add(argument) }
      }
      order.append(step)
    }
    for root in roots.sorted(by: { ($0.isLast ? 1 : 0, $0.step) < ($1.isLast ? 1 : 0, $1.step) }) {
      add(root.step)
    }
    return order
  }

  /// Register allocation: a block of memory per register, reused after its last read, so that few blocks are
  /// in use and stay in the L1 cache.
  private static func slots(
    inputs: [lemnos_input], steps: [(operation: lemnos_operation, arguments: [Int])], _ ends: Set<Int>
  ) -> ([Int32], Int) {
    var lastUse: [Int: Int] = [:]
    for (index, step) in steps.enumerated() { for argument in step.arguments { lastUse[argument] = index } }
    var slots: [Int32] = []
    var (free, count) = ([Int32](), 0)
    func take() -> Int32 {
      if let slot = free.popLast() { return slot }
      count += 1
      return Int32(count - 1)
    }
    // Those filled once, before the first block, keep their slot, and so do scalars, which are read again in
    // every block.
    let isKept =
      inputs.map { [LEMNOS_UNIFORM, LEMNOS_REPEATED, LEMNOS_PERIODIC].contains($0.walk) }
      + steps.map { $0.operation == LEMNOS_LITERAL }
    for input in inputs {
      let isDirect =
        input.walk == LEMNOS_LOCAL
        || (input.walk == LEMNOS_CONTIGUOUS && [LEMNOS_FLOAT32, LEMNOS_INT32].contains(input.dtype))
      slots.append(isDirect ? -1 : take())
    }
    var literals: [Int: Int32] = [:]
    for (index, step) in steps.enumerated() where step.operation == LEMNOS_LITERAL {
      literals[index] = take()
    }
    for (index, step) in steps.enumerated() {
      if let slot = literals[index] {
        slots.append(slot)
        continue
      }
      // In a fixed order: which slots are in use determines the block length, and so the rounding of sums.
      for argument in Set(step.arguments).sorted()
      where lastUse[argument] == index && !ends.contains(argument) && !isKept[argument]
        && slots[argument] >= 0
      {
        free.append(slots[argument])
      }
      slots.append(take())
    }
    return (slots.map { max($0, 0) }, count)
  }
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
    case .bool: self = LEMNOS_BOOL
    case .int64: self = LEMNOS_INT64
    case .float16: self = LEMNOS_FLOAT16
    case .bfloat16: self = LEMNOS_BFLOAT16
    case .float64: preconditionFailure("chains have no float64")
    }
  }
}

extension lemnos_input {
  fileprivate init(_ input: PointwiseKernel.Input, at view: BufferView, shape: [Int]) {
    self.init()
    base = UnsafeRawPointer(view.base)
    dtype = lemnos_dtype(view.type.dtype)
    offset = Int64(input.offset)
    var (shape, strides) = (shape, input.strides)
    let isPeriodic = input.bounds == nil && strides.last == 1 && strides.dropLast().allSatisfy { $0 == 0 }
    let same = strides.reversed().prefix { $0 == 0 }.count
    run = Int64(shape.suffix(same).reduce(1, *))
    let isStepped =
      input.bounds == nil && !input.isUniform && same > 0 && run.isMultiple(of: Int64(LEMNOS_LEAST_RUN))
    walk =
      input.isUniform
      ? LEMNOS_UNIFORM
      : input.isContiguous
        ? LEMNOS_CONTIGUOUS : isPeriodic ? LEMNOS_PERIODIC : isStepped ? LEMNOS_REPEATED : LEMNOS_STRIDED
    if isPeriodic { shape = [shape[shape.count - 1]] }
    if isStepped { (shape, strides) = (shape.dropLast(same), strides.dropLast(same)) }
    rank = Int64(shape.count)
    copy(shape.map(Int64.init), to: &self.shape)
    copy(strides.map(Int64.init), to: &self.strides)
    let bounds = input.bounds ?? shape.map { 0..<$0 }
    copy(bounds.map { Int64($0.lowerBound) }, to: &lower)
    copy(bounds.map { Int64($0.upperBound) }, to: &upper)
  }
}

extension lemnos_operation {
  fileprivate init(_ op: Pointwise) {
    self =
      switch op {
      case .negate: LEMNOS_NEGATE
      case .abs: LEMNOS_ABS
      case .sqrt: LEMNOS_SQRT
      case .function(let function): lemnos_operation(function)
      case .relu: LEMNOS_RELU
      case .floor: LEMNOS_FLOOR
      case .cast(.float32), .cast(.float64): LEMNOS_TO_FLOAT
      // int64 is int32 in registers already.
      case .cast(.int32), .cast(.int64): LEMNOS_TO_INT
      case .cast(.uint8): LEMNOS_TO_BYTE
      case .cast(.bool): LEMNOS_TO_BOOL
      // Registers are float32 already.
      case .rounded(.float32): LEMNOS_TO_FLOAT
      case .rounded(.tf32): LEMNOS_ROUND_TF32
      case .rounded(.bfloat16), .cast(.bfloat16): LEMNOS_ROUND_BFLOAT16
      case .rounded(.float16), .cast(.float16): LEMNOS_ROUND_FLOAT16
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

  /// By its name: C has a table of the same functions.
  private init(_ function: ElementaryFunction) {
    self = lemnos_function(function.rawValue)
    precondition(self != LEMNOS_LITERAL, "the kernels in C have no '\(function)'")
  }
}
