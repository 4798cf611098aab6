import CVulkan

/// A compiled compute shader: storage buffers in set 0 at bindings 0, 1, …, and one block of push constants.
///
/// Not Sendable: owned by the isolation domain of its device.
package final class ComputePipeline {
  package let label: String
  package let bufferCount: Int
  package let pushConstantByteCount: Int
  /// True if it can be dispatched with a base, that is, in pieces.
  package let isCuttable: Bool

  let setLayout: DeviceObject
  let layout: DeviceObject
  let pipeline: DeviceObject

  init(
    _ device: LogicalDevice, cache: DeviceObject, spirv: [UInt32], bufferCount: Int,
    pushConstantByteCount: Int, specialization: [UInt32], subgroupSize: Int? = nil, isCuttable: Bool = false,
    label: String
  ) throws(VulkanError) {
    let limit = device.physicalDevice.limits.maxPushConstants
    precondition(
      pushConstantByteCount <= limit && pushConstantByteCount.isMultiple(of: 4),
      "pipeline \(label): \(pushConstantByteCount) bytes of push constants; at most \(limit), in words")
    setLayout = try Self.makeSetLayout(device, bufferCount)
    layout = try Self.makeLayout(device, setLayout, pushConstantByteCount)
    let module = try Self.makeModule(device, spirv)
    pipeline = try Self.makePipeline(
      device, cache, layout, module, specialization, subgroupSize, isCuttable)
    device.setName(label, of: pipeline.handle, VK_OBJECT_TYPE_PIPELINE)
    device.counters.pipelines += 1
    (self.label, self.bufferCount, self.pushConstantByteCount) = (label, bufferCount, pushConstantByteCount)
    self.isCuttable = isCuttable
  }
}

extension ComputePipeline {
  private static func makeSetLayout(
    _ device: LogicalDevice, _ bufferCount: Int
  ) throws(VulkanError) -> DeviceObject {
    let scratch = Scratch()
    defer { scratch.free() }
    let bindings = (0..<bufferCount).map {
      VkDescriptorSetLayoutBinding(
        binding: UInt32($0), descriptorType: VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, descriptorCount: 1,
        stageFlags: flags(VK_SHADER_STAGE_COMPUTE_BIT), pImmutableSamplers: nil)
    }
    var info = VkDescriptorSetLayoutCreateInfo.make {
      $0.bindingCount = UInt32(bufferCount)
      $0.pBindings = scratch.array(bindings)
    }
    let functions = device.functions
    return try DeviceObject(
      device, "vkCreateDescriptorSetLayout", destroy: functions.destroyDescriptorSetLayout
    ) { functions.createDescriptorSetLayout(device.handle, &info, nil, &$0) }
  }

  private static func makeLayout(
    _ device: LogicalDevice, _ setLayout: DeviceObject, _ pushConstantByteCount: Int
  ) throws(VulkanError) -> DeviceObject {
    let scratch = Scratch()
    defer { scratch.free() }
    let constants = VkPushConstantRange(
      stageFlags: flags(VK_SHADER_STAGE_COMPUTE_BIT), offset: 0, size: UInt32(pushConstantByteCount))
    var info = VkPipelineLayoutCreateInfo.make {
      $0.setLayoutCount = 1
      $0.pSetLayouts = scratch.array([setLayout.handle])
      $0.pushConstantRangeCount = pushConstantByteCount > 0 ? 1 : 0  // an empty range is not allowed
      $0.pPushConstantRanges = scratch.array([constants])
    }
    let functions = device.functions
    return try DeviceObject(device, "vkCreatePipelineLayout", destroy: functions.destroyPipelineLayout) {
      functions.createPipelineLayout(device.handle, &info, nil, &$0)
    }
  }

  /// The module is needed only for pipeline creation.
  private static func makeModule(
    _ device: LogicalDevice, _ spirv: [UInt32]
  ) throws(VulkanError) -> DeviceObject {
    let scratch = Scratch()
    defer { scratch.free() }
    var info = VkShaderModuleCreateInfo.make {
      $0.codeSize = spirv.count * MemoryLayout<UInt32>.stride
      $0.pCode = scratch.array(spirv)
    }
    let functions = device.functions
    return try DeviceObject(device, "vkCreateShaderModule", destroy: functions.destroyShaderModule) {
      functions.createShaderModule(device.handle, &info, nil, &$0)
    }
  }

  private static func makePipeline(
    _ device: LogicalDevice, _ cache: DeviceObject, _ layout: DeviceObject, _ module: DeviceObject,
    _ specialization: [UInt32], _ subgroupSize: Int?, _ isCuttable: Bool
  ) throws(VulkanError) -> DeviceObject {
    let scratch = Scratch()
    defer { scratch.free() }
    let word = MemoryLayout<UInt32>.size
    let entries = specialization.indices.map {
      VkSpecializationMapEntry(constantID: UInt32($0), offset: UInt32($0 * word), size: word)
    }
    let constants = VkSpecializationInfo(
      mapEntryCount: UInt32(entries.count), pMapEntries: scratch.array(entries),
      dataSize: specialization.count * word, pData: scratch.array(specialization))
    let required = VkPipelineShaderStageRequiredSubgroupSizeCreateInfo.make {
      $0.requiredSubgroupSize = UInt32(subgroupSize ?? 0)
    }
    var info = VkComputePipelineCreateInfo.make {
      $0.flags =
        (device.statistics == nil ? 0 : flags(VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR))
        | (isCuttable ? flags(VK_PIPELINE_CREATE_DISPATCH_BASE_BIT) : 0)
      $0.stage = .make {
        if subgroupSize != nil {
          $0.pNext = scratch.next(required)
          $0.flags = flags(VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT)
        }
        $0.stage = VK_SHADER_STAGE_COMPUTE_BIT
        $0.module = module.handle
        $0.pName = scratch.string("main")
        $0.pSpecializationInfo = scratch.array([constants])
      }
      $0.layout = layout.handle
      $0.basePipelineIndex = -1
    }
    let functions = device.functions
    return try DeviceObject(device, "vkCreateComputePipelines", destroy: functions.destroyPipeline) {
      functions.createComputePipelines(device.handle, cache.handle, 1, &info, nil, &$0)
    }
  }
}
