import CVulkan

/// Writes commands into a command buffer; lives as long as the closure of `Device.record`.
///
/// Commands start in order but may overlap: put a `barrier()` between one that writes and a later one that reads or
/// writes the same bytes. Against work submitted earlier, and for reading host-visible memory after `wait(for:)`,
/// nothing needs to be written: every command buffer begins and ends with the barriers for that.
package struct CommandRecorder: ~Copyable {
  private let device: LogicalDevice
  private let commands: VkCommandBuffer
  private var retained: [ObjectIdentifier: AnyObject] = [:]
  private var boundPipeline: VkPipeline?
  private var writesHostMemory = false

  init(_ device: LogicalDevice, into commands: VkCommandBuffer) {
    self.device = device
    self.commands = commands
  }

  /// Runs `pipeline` on `groups` workgroups along x, y and z.
  ///
  /// `pushConstants` holds exactly as many bytes as the pipeline declares. The first workgroup has the index
  /// `base`, which may differ from (0, 0, 0) only for pipelines with `isCuttable`.
  package mutating func dispatch(
    _ pipeline: ComputePipeline, _ bindings: Bindings, pushConstants: UnsafeRawBufferPointer,
    groups: (x: Int, y: Int, z: Int), base: (x: Int, y: Int, z: Int) = (0, 0, 0)
  ) {
    precondition(
      pushConstants.count == pipeline.pushConstantByteCount && bindings.slices.count == pipeline.bufferCount,
      "pipeline \(pipeline.label) takes \(pipeline.pushConstantByteCount) bytes of push constants and "
        + "\(pipeline.bufferCount) buffers, not \(pushConstants.count) and \(bindings.slices.count)")
    let most = device.physicalDevice.limits.maxComputeWorkGroupCount
    precondition(
      base.x + groups.x <= most[0] && base.y + groups.y <= most[1] && base.z + groups.z <= most[2],
      "pipeline \(pipeline.label): \(groups) workgroups from \(base) on, but this device takes \(most)")
    precondition(
      base == (0, 0, 0) || pipeline.isCuttable, "pipeline \(pipeline.label) cannot be dispatched in pieces")

    let functions = device.functions
    if boundPipeline != pipeline.pipeline.handle {
      functions.cmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.pipeline.handle)
      boundPipeline = pipeline.pipeline.handle
    }
    var set: VkDescriptorSet? = bindings.set
    functions.cmdBindDescriptorSets(
      commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.layout.handle, 0, 1, &set, 0, nil)
    if !pushConstants.isEmpty {
      functions.cmdPushConstants(
        commands, pipeline.layout.handle, flags(VK_SHADER_STAGE_COMPUTE_BIT), 0, UInt32(pushConstants.count),
        pushConstants.baseAddress)
    }
    if base == (0, 0, 0) {
      functions.cmdDispatch(commands, UInt32(groups.x), UInt32(groups.y), UInt32(groups.z))
    } else {
      functions.cmdDispatchBase(
        commands, UInt32(base.x), UInt32(base.y), UInt32(base.z), UInt32(groups.x), UInt32(groups.y),
        UInt32(groups.z))
    }

    retain(pipeline)
    retain(bindings.setLayout)
    retain(bindings.arena)
    for slice in bindings.slices { use(slice, writes: true) }  // the shader may write any of them
  }

  /// The same for a pipeline without push constants.
  package mutating func dispatch(
    _ pipeline: ComputePipeline, _ bindings: Bindings, groups: (x: Int, y: Int, z: Int)
  ) {
    dispatch(pipeline, bindings, pushConstants: UnsafeRawBufferPointer(start: nil, count: 0), groups: groups)
  }

  /// The same with the push constants as a value, laid out as the shader's block is.
  package mutating func dispatch<Constants: BitwiseCopyable>(
    _ pipeline: ComputePipeline, _ bindings: Bindings, constants: Constants, groups: (x: Int, y: Int, z: Int)
  ) {
    var constants = constants
    withUnsafePointer(to: &constants) {
      dispatch(
        pipeline, bindings,
        pushConstants: UnsafeRawBufferPointer(start: $0, count: MemoryLayout<Constants>.size), groups: groups)
    }
  }

  /// Copies between slices of the same size which do not overlap.
  package mutating func copy(from source: BufferSlice, to target: BufferSlice) {
    precondition(
      source.byteCount == target.byteCount,
      "copy of \(source.byteCount) bytes of \(source.buffer.label) to \(target.byteCount) of "
        + target.buffer.label)
    var region = VkBufferCopy(
      srcOffset: VkDeviceSize(source.offset), dstOffset: VkDeviceSize(target.offset),
      size: VkDeviceSize(source.byteCount))
    device.functions.cmdCopyBuffer(commands, source.buffer.handle, target.buffer.handle, 1, &region)
    use(source, writes: false)
    use(target, writes: true)
  }

  /// Fills the slice with `word`; offset and size must be multiples of 4.
  package mutating func fill(_ slice: BufferSlice, word: UInt32) {
    precondition(
      slice.offset.isMultiple(of: 4) && slice.byteCount.isMultiple(of: 4),
      "fill of \(slice.byteCount) bytes at \(slice.offset) in \(slice.buffer.label): not whole words")
    device.functions.cmdFillBuffer(
      commands, slice.buffer.handle, VkDeviceSize(slice.offset), VkDeviceSize(slice.byteCount), word)
    use(slice, writes: true)
  }

  /// A full barrier: later commands start after earlier ones have finished and their writes are visible.
  package func barrier() {
    let access = flags(VK_ACCESS_SHADER_READ_BIT, VK_ACCESS_SHADER_WRITE_BIT)
    let transfer = flags(VK_ACCESS_TRANSFER_READ_BIT, VK_ACCESS_TRANSFER_WRITE_BIT)
    memoryBarrier(
      to: flags(VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT),
      access: access | transfer)
  }

  /// Clears `pool`; must come before the first `writeTimestamp` of each run.
  package mutating func reset(_ pool: TimestampPool) {
    device.functions.cmdResetQueryPool(commands, pool.handle, 0, UInt32(pool.count))
    retain(pool)
  }

  /// Writes a timestamp when all commands before this one have finished.
  package mutating func writeTimestamp(_ pool: TimestampPool, _ index: Int) {
    precondition(pool.indices.contains(index), "timestamp \(index) of \(pool.count)")
    device.functions.cmdWriteTimestamp(
      commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, pool.handle, UInt32(index))
    retain(pool)
  }

  /// Opens a debug label for profilers and validation messages; a no-op without such tools.
  package func beginLabel(_ name: String) {
    guard let debug = device.instance.core.debug else { return }
    let scratch = Scratch()
    defer { scratch.free() }
    var label = VkDebugUtilsLabelEXT.make { $0.pLabelName = scratch.string(name) }
    debug.beginLabel(commands, &label)
  }

  package func endLabel() { device.instance.core.debug?.endLabel(commands) }
}

extension CommandRecorder {
  /// Closes the recording and returns what must outlive the commands.
  mutating func finish() -> [AnyObject] {
    if writesHostMemory {
      // Waiting on a semaphore alone does not make device writes visible to the host.
      memoryBarrier(to: flags(VK_PIPELINE_STAGE_HOST_BIT), access: flags(VK_ACCESS_HOST_READ_BIT))
    }
    return Array(retained.values)
  }

  private func memoryBarrier(to stages: VkPipelineStageFlags, access: VkAccessFlags) {
    var barrier = VkMemoryBarrier.make {
      $0.srcAccessMask = flags(VK_ACCESS_SHADER_WRITE_BIT, VK_ACCESS_TRANSFER_WRITE_BIT)
      $0.dstAccessMask = access
    }
    device.functions.cmdPipelineBarrier(
      commands, flags(VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT), stages,
      0, 1, &barrier, 0, nil, 0, nil)
  }

  private mutating func use(_ slice: BufferSlice, writes: Bool) {
    retain(slice.buffer)
    if writes && slice.buffer.memory.isHostVisible { writesHostMemory = true }
  }

  private mutating func retain(_ object: AnyObject) { retained[ObjectIdentifier(object)] = object }
}
