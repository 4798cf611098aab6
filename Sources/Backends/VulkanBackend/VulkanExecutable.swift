import Execution
import Programs
import Tensors
import VulkanDevice

/// A program as command buffers, recorded once and submitted for every step.
final class VulkanExecutable: CountingExecutable {
  let device: Device
  /// The program it runs: one dispatch per instruction that has work, several per scan.
  let program: Program
  /// The blocks of the program's arena.
  let arena: [BufferSlice]
  /// The memory of each value.
  let slices: [BufferSlice]
  let dispatches: [BoundDispatch]
  /// The dispatches of each instruction that has work.
  let dispatchesOf: [Int: Range<Int>]
  private let outputs: [(slice: BufferSlice, type: TensorType)]
  private let name: String

  /// The partition of steps into submissions, at first by estimated durations, later by measured ones.
  private(set) var submits: SubmitPlan
  private let submitLimit: Double?
  /// The measured factor between real and estimated durations, at least 1.
  private var pace = 1.0
  /// Recordings whose duration is known.
  private var timed: Set<ObjectIdentifier> = []

  /// Recordings of 1, 2, 4, … steps, made on first use: a run of any length is a few of them in one
  /// submission.
  private var recordings: [CommandBuffer] = []
  /// Recordings of the parts of a step that exceeds a submission.
  private var partRecordings: [Int: CommandBuffer] = [:]
  /// The pipelines of split dispatches.
  private var cuttable: [Int: ComputePipeline] = [:]
  private let kernels: KernelCache
  /// Recordings of single instructions, by their first dispatches, for inspection.
  private var singleRecordings: [Int: CommandBuffer] = [:]
  var stepsPerSubmit: Int { submits.stepsPerSubmit }
  private(set) var counters = ReplayCounters()

  init(
    _ program: Program, on device: Device, traits: DeviceTraits, kernels: KernelCache,
    slice: (State) throws -> BufferSlice
  ) throws {
    (self.device, self.program, self.kernels) = (device, program, kernels)
    submitLimit = traits.submitLimit
    name = program.name
    precondition(program.isPlaced, "the memory of the program '\(program.name)' is not planned")
    let arena = try program.arenaBlocks.map { block in
      BufferSlice(
        try device.makeBuffer(byteCount: block.byteCount, memory: .device, label: "arena of \(program.name)"))
    }
    self.arena = arena
    let slices = try program.values.map { value -> BufferSlice in
      let byteCount = value.type.byteCount
      switch value.storage {
      case .arena(let offset):
        guard let index = program.arenaBlocks.lastIndex(where: { $0.offset <= offset }) else {
          preconditionFailure("\(program.name) has a value in an arena of no bytes")
        }
        return arena[index][
          offset: offset - program.arenaBlocks[index].offset, byteCount: (max(byteCount, 1) + 3) / 4 * 4]
      case .state(let state):
        return try slice(state)
      case .constant(let constant):
        let buffer = try device.makeBuffer(
          byteCount: (max(byteCount, 1) + 3) / 4 * 4, memory: .device, label: "constant of \(program.name)")
        if byteCount > 0 {
          try device.upload(constant.values.bytes, to: BufferSlice(buffer)[offset: 0, byteCount: byteCount])
        }
        return BufferSlice(buffer)
      }
    }
    self.slices = slices
    outputs = program.outputs.enumerated().map { index, output in
      (
        slices[output.value],
        TensorType(program.shape(ofOutput: index), program.values[output.value].type.dtype)
      )
    }
    let pieces = program.instructions.indices.flatMap { index in
      let instruction = program.instructions[index]
      return DispatchPiece.all(
        of: instruction, at: index, in: program, reading: instruction.inputs.map { slices[$0] },
        writing: instruction.outputs.map { slices[$0] })
    }
    var dispatchesOf: [Int: Range<Int>] = [:]
    for (number, piece) in pieces.enumerated() {
      dispatchesOf[piece.index] = (dispatchesOf[piece.index]?.lowerBound ?? number)..<number + 1
    }
    self.dispatchesOf = dispatchesOf
    dispatches = try VulkanExecutable.bind(
      pieces, of: program, on: device, traits: traits, kernels: kernels)
    submits = SubmitPlan(dispatches.map(\.load), limit: submitLimit)
  }

  private static func bind(
    _ pieces: [DispatchPiece], of program: Program, on device: Device, traits: DeviceTraits,
    kernels: KernelCache
  ) throws -> [BoundDispatch] {
    guard !pieces.isEmpty else { return [] }
    // The steps of a scan are dispatched alike.
    var known: [DispatchPiece.Key: DispatchPlan] = [:]
    let plans = try pieces.map { piece in
      if let plan = known[piece.key] { return plan }
      let plan = try traits.plan(piece.instruction, types: piece.program.types(of: piece.instruction))
      known[piece.key] = plan
      return plan
    }
    let descriptors = try device.makeDescriptorArena(
      sets: pieces.count, descriptors: pieces.reduce(0) { $0 + $1.instruction.bindingCount + 1 })
    let constants = try constants(of: plans, in: program, on: device)
    return try zip(pieces, plans).enumerated().map { number, item in
      let (piece, plan) = item
      let (instruction, reads, writes) = (piece.instruction, piece.reads, piece.writes)
      let types = piece.program.types(of: instruction)
      let bound = instruction.bound(reads, writes) + (constants[number].map { [$0] } ?? [])
      try check(
        reads + writes, of: instruction, in: piece.program, against: device.limits.maxStorageBufferRange)
      try checkCount(bound.count, of: instruction, in: program, on: device)
      if !traits.hasFloat64, instruction.kernel.usesFloat64(types) {
        throw UnsupportedKernel(
          reason: "\(program.name): \(instruction.kernel.name) is asked for in float64, which Vulkan device "
            + "\(device.physicalDevice.index), \(device.physicalDevice.name), cannot compute in (it lacks "
            + "shaderFloat64). Use float32, the CPU, or a device that has it")
      }
      let label = instruction.title
      let pipeline = try kernels.pipeline(for: plan, bufferCount: bound.count, label: label)
      return BoundDispatch(
        pipeline: pipeline, bindings: try descriptors.bind(pipeline, bound),
        plan: plan, reads: reads, writes: writes, label: label,
        load: SubmitPlan.Load(
          flops: instruction.flops, byteCount: (reads + writes).reduce(0) { $0 + $1.byteCount },
          mostPieces: plan.outermostGroups),
        isCorrupted: !traits.corrupted.isDisjoint(with: plan.variants))
    }
  }

  /// The parameters of dispatches that exceed the push constants, by dispatch.
  private static func constants(
    of plans: [DispatchPlan], in program: Program, on device: Device
  ) throws -> [Int: BufferSlice] {
    var words: [UInt32] = []
    var places: [Int: Range<Int>] = [:]
    for (number, plan) in plans.enumerated() where !plan.moreConstants.isEmpty {
      let offset = Program.aligned(4 * words.count)
      words += [UInt32](repeating: 0, count: offset / 4 - words.count) + plan.moreConstants
      places[number] = offset..<4 * words.count
    }
    guard !words.isEmpty else { return [:] }
    let buffer = BufferSlice(
      try device.makeBuffer(
        byteCount: 4 * words.count, memory: .device, label: "numbers of \(program.name)"))
    try device.upload(words.withUnsafeBytes { Array($0) }, to: buffer)
    return places.mapValues { buffer[offset: $0.lowerBound, byteCount: $0.count] }
  }

  private static func checkCount(
    _ count: Int, of instruction: Program.Instruction, in program: Program, on device: Device
  ) throws(UnsupportedKernel) {
    guard count > device.limits.maxStorageBuffers else { return }
    throw UnsupportedKernel(
      reason:
        "\(program.name): \(instruction.kernel.name) \(instruction.label) reads and writes \(count) values, but a "
        + "kernel on Vulkan device \(device.physicalDevice.index), \(device.physicalDevice.name), has at most "
        + "\(device.limits.maxStorageBuffers). Use the CPU, or another device")
  }

  private static func check(
    _ slices: [BufferSlice], of instruction: Program.Instruction, in program: Program, against limit: Int
  ) throws(UnsupportedKernel) {
    for (slice, value) in zip(slices, instruction.inputs + instruction.outputs) where slice.byteCount > limit
    {
      throw UnsupportedKernel(
        reason: "\(program.name): \(instruction.kernel.name) \(instruction.label) touches "
          + "\(program.values[value].type), of \(slice.byteCount) bytes; a kernel of this device reaches at most "
          + "\(limit). Use smaller batches, fewer images, or the CPU")
    }
  }

  func prepare(steps: Int) throws {
    guard !dispatches.isEmpty, steps > 0 else { return }
    guard !submits.isSplit else {
      for part in submits.parts.indices { _ = try recording(ofPart: part) }
      return
    }
    let most = min(steps, stepsPerSubmit)
    _ = try recording(ofPower: most.bitWidth - 1 - most.leadingZeroBitCount)
  }

  func run(steps: Int) throws {
    guard !dispatches.isEmpty else { return }
    var busy = HostClock()
    defer { counters.hostNanoseconds += busy.nanoseconds }
    var left = steps
    while left > 0 {
      let plan = submits
      var now = 1
      var longest = 0.0
      if plan.isSplit {
        for part in plan.parts.indices {
          longest = max(longest, try submit([recording(ofPart: part)], &busy))
        }
      } else {
        now = min(left, plan.stepsPerSubmit)
        var buffers: [CommandBuffer] = []
        for power in stride(from: now.bitWidth - 1 - now.leadingZeroBitCount, through: 0, by: -1)
        where now >> power & 1 == 1 {
          buffers.append(try recording(ofPower: power))
        }
        longest = try submit(buffers, &busy)
      }
      counters.steps += now
      counters.dispatches += now * dispatches.count
      left -= now
      adapt(to: longest)
    }
  }

  /// Submits recordings, and returns their duration in seconds, or 0 if it was known before.
  private func submit(_ buffers: [CommandBuffer], _ busy: inout HostClock) throws -> Double {
    counters.submissions += 1
    let isNew = submitLimit != nil && buffers.contains { !timed.contains(ObjectIdentifier($0)) }
    guard isNew else {
      let submission = try device.submit(buffers)
      // One submission ahead keeps the device busy; more would only queue up.
      if submission > 1 { try busy.pausing { try device.wait(for: submission - 1) } }
      return 0
    }
    // Measured alone, with the queue empty before and after.
    try busy.pausing { try device.wait(for: device.lastSubmitted) }
    let start = ContinuousClock.now
    let submission = try device.submit(buffers)
    try busy.pausing { try device.wait(for: submission) }
    timed.formUnion(buffers.map { ObjectIdentifier($0) })
    return (ContinuousClock.now - start) / .seconds(1)
  }

  /// Shortens later submissions if one exceeded the limit.
  ///
  /// By at most a factor of four at once: the machine may have been busy otherwise. Never lengthened again.
  private func adapt(to seconds: Double) {
    guard let submitLimit, seconds > 2 * submitLimit else { return }
    pace *= min(4, seconds / submitLimit)
    let plan = SubmitPlan(dispatches.map(\.load), limit: submitLimit, pace: pace)
    guard plan != submits else { return }
    submits = plan
    partRecordings = [:]
    timed = []
  }

  /// The recording of 2ᵖ steps.
  private func recording(ofPower power: Int) throws -> CommandBuffer {
    while recordings.count <= power { recordings.append(try record(steps: 1 << recordings.count)) }
    return recordings[power]
  }

  private func recording(ofPart part: Int) throws -> CommandBuffer {
    if let known = partRecordings[part] { return known }
    for piece in submits.parts[part] { try prepare(piece) }
    let recording = try device.record(label: "\(name), part \(part + 1) of \(submits.parts.count)") {
      recorder in
      var hazards = HazardTracker()
      for piece in submits.parts[part] {
        if hazards.needsBarrier(before: dispatches[piece.dispatch]) { recorder.barrier() }
        record(piece, into: &recorder)
      }
    }
    partRecordings[part] = recording
    return recording
  }

  /// The recording of one instruction's dispatches.
  func recording(of numbers: Range<Int>) throws -> CommandBuffer {
    if let known = singleRecordings[numbers.lowerBound] { return known }
    let recording = try device.record(label: dispatches[numbers.lowerBound].label) { recorder in
      var hazards = HazardTracker()
      for dispatch in dispatches[numbers] {
        if hazards.needsBarrier(before: dispatch) { recorder.barrier() }
        record(dispatch, into: &recorder)
      }
    }
    singleRecordings[numbers.lowerBound] = recording
    return recording
  }

  private func record(steps: Int) throws -> CommandBuffer {
    try device.record(label: "\(name), \(steps) steps") { recorder in
      var hazards = HazardTracker()
      for _ in 0..<steps {
        for dispatch in dispatches {
          if hazards.needsBarrier(before: dispatch) { recorder.barrier() }
          record(dispatch, into: &recorder)
        }
      }
    }
  }

  /// Creates the pipeline that a piece needs.
  func prepare(_ piece: SubmitPlan.Piece) throws {
    guard piece.groups != nil, cuttable[piece.dispatch] == nil else { return }
    let dispatch = dispatches[piece.dispatch]
    cuttable[piece.dispatch] = try kernels.pipeline(
      for: dispatch.plan, bufferCount: dispatch.pipeline.bufferCount, isCuttable: true, label: dispatch.label)
  }

  func record(_ piece: SubmitPlan.Piece, into recorder: inout CommandRecorder) {
    let dispatch = dispatches[piece.dispatch]
    guard let range = piece.groups, let pipeline = cuttable[piece.dispatch] else {
      return record(dispatch, into: &recorder)
    }
    let (groups, base) = dispatch.plan.piece(range)
    recorder.beginLabel(dispatch.label)
    dispatch.plan.constants.withUnsafeBytes { constants in
      recorder.dispatch(
        pipeline, dispatch.bindings, pushConstants: constants, groups: groups, base: base)
    }
    recorder.endLabel()
    if piece.isLast { corrupt(dispatch, into: &recorder) }
  }

  func record(_ dispatch: BoundDispatch, into recorder: inout CommandRecorder) {
    recorder.beginLabel(dispatch.label)
    dispatch.plan.constants.withUnsafeBytes { constants in
      recorder.dispatch(
        dispatch.pipeline, dispatch.bindings, pushConstants: constants, groups: dispatch.plan.groups)
    }
    recorder.endLabel()
    corrupt(dispatch, into: &recorder)
  }

  private func corrupt(_ dispatch: BoundDispatch, into recorder: inout CommandRecorder) {
    guard dispatch.isCorrupted else { return }
    recorder.barrier()
    // A large number in every type.
    for slice in dispatch.writes { recorder.fill(slice, word: 0x4D4D_4D4D) }
  }

  func output(_ index: Int) throws -> TensorValues {
    let (slice, type) = outputs[index]
    let bytes: [UInt8] =
      type.byteCount == 0 ? [] : try device.download(slice[offset: 0, byteCount: type.byteCount])
    return TensorValues(bytes: bytes, shape: type.shape, dtype: type.dtype)
  }
}

extension Program.Instruction {
  /// The bindings of a dispatch: inputs, then outputs, or a fused kernel's buffers.
  fileprivate func bound(_ reads: [BufferSlice], _ writes: [BufferSlice]) -> [BufferSlice] {
    if case .attention(let kernel) = kernel { return kernel.boundInputs.map { reads[$0] } + writes }
    guard case .fused(let fused) = kernel else { return reads + writes }
    var slices: [Int: BufferSlice] = [:]
    for (buffer, slice) in zip(fused.inputBuffers + fused.outputBuffers, reads + writes) {
      slices[buffer] = slice
    }
    return slices.sorted { $0.key < $1.key }.map(\.value)
  }
}
