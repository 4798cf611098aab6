import CVulkan

extension PhysicalDevice {
  /// Queries the driver for all properties.
  init(reading handle: VkPhysicalDevice, at index: Int, _ functions: InstanceFunctions) {
    let properties = Properties(of: handle, functions)
    let core = properties.core
    let queues = Queues(of: handle, functions)
    let memory = Memory(of: handle, functions)

    self.index = index
    name = text(core.deviceName)
    kind = Kind(core.deviceType)
    driverName = text(properties.vulkan12.driverName)
    let driverInfo = text(properties.vulkan12.driverInfo)
    // SwiftShader has a version number only.
    driverVersion = driverInfo.isEmpty ? "\(Version(encoded: core.driverVersion))" : driverInfo
    apiVersion = Version(encoded: core.apiVersion)
    vendorID = core.vendorID
    deviceID = core.deviceID
    deviceUUID = withUnsafeBytes(of: properties.vulkan11.deviceUUID) { Array($0) }
    encodedDriverVersion = core.driverVersion
    pipelineCacheUUID = withUnsafeBytes(of: core.pipelineCacheUUID) { Array($0) }
    let extensions = Self.extensions(of: handle, functions)
    var limits = Limits(properties, timestampValidBits: queues.timestampValidBits)
    limits.maxBufferSize = min(
      limits.maxMemoryAllocationSize, Self.maxBufferSize(of: handle, extensions: extensions, functions))
    limits.subgroupSizes = SubgroupSizes(of: handle, extensions: extensions, functions)
    self.limits = limits
    features = Features(of: handle, functions)
    deviceLocalBytes = memory.deviceLocalBytes
    computeQueueFamily = queues.compute
    memoryTypes = memory.types
    heapByteCounts = memory.heapByteCounts
    hasMemoryBudget = extensions.contains(VK_EXT_MEMORY_BUDGET_EXTENSION_NAME)
    cooperativeMatrices = CooperativeMatrix.all(
      of: handle, extensions: extensions, hasFloat16: features.shaderFloat16, functions)
  }
}

extension PhysicalDevice {
  /// From VK_KHR_maintenance4, part of Vulkan 1.3; unlimited if unknown.
  private static func maxBufferSize(
    of device: VkPhysicalDevice, extensions: [String], _ functions: InstanceFunctions
  ) -> Int {
    guard extensions.contains(VK_KHR_MAINTENANCE_4_EXTENSION_NAME) else { return .max }
    let scratch = Scratch()
    defer { scratch.free() }
    let maintenance = scratch.pointer(to: VkPhysicalDeviceMaintenance4Properties.make())
    var properties = VkPhysicalDeviceProperties2.make { $0.pNext = UnsafeMutableRawPointer(maintenance) }
    functions.getProperties2(device, &properties)
    return Int(clamping: maintenance.pointee.maxBufferSize)
  }

  /// Empty if the driver reports an error.
  private static func extensions(of device: VkPhysicalDevice, _ functions: InstanceFunctions) -> [String] {
    let properties = try? enumerate("vkEnumerateDeviceExtensionProperties", blank: VkExtensionProperties()) {
      functions.enumerateDeviceExtensions(device, nil, &$0, $1)
    }
    return (properties ?? []).map { text($0.extensionName) }
  }
}

/// The property structures of Vulkan 1.0, 1.1 and 1.2; a driver of an older version leaves the later ones
/// zero.
private struct Properties {
  let core: VkPhysicalDeviceProperties
  let vulkan11: VkPhysicalDeviceVulkan11Properties
  let vulkan12: VkPhysicalDeviceVulkan12Properties

  init(of device: VkPhysicalDevice, _ functions: InstanceFunctions) {
    let scratch = Scratch()
    defer { scratch.free() }
    let second = scratch.pointer(to: VkPhysicalDeviceVulkan12Properties.make())
    let first = scratch.pointer(
      to: VkPhysicalDeviceVulkan11Properties.make { $0.pNext = UnsafeMutableRawPointer(second) })
    var all = VkPhysicalDeviceProperties2.make { $0.pNext = UnsafeMutableRawPointer(first) }
    functions.getProperties2(device, &all)
    (core, vulkan11, vulkan12) = (all.properties, first.pointee, second.pointee)
  }
}

extension PhysicalDevice.Limits {
  fileprivate init(_ properties: Properties, timestampValidBits: Int) {
    let core = properties.core.limits
    maxStorageBufferRange = Int(core.maxStorageBufferRange)
    minStorageBufferOffsetAlignment = Int(core.minStorageBufferOffsetAlignment)
    maxMemoryAllocationSize = Int(clamping: properties.vulkan11.maxMemoryAllocationSize)
    maxBufferSize = maxMemoryAllocationSize
    maxComputeWorkGroupInvocations = Int(core.maxComputeWorkGroupInvocations)
    maxComputeWorkGroupSize = Int(core.maxComputeWorkGroupSize.0)
    maxStorageBuffers = Int(
      min(
        core.maxPerStageDescriptorStorageBuffers, core.maxDescriptorSetStorageBuffers,
        core.maxPerStageResources))
    let counts = core.maxComputeWorkGroupCount
    maxComputeWorkGroupCount = [Int(counts.0), Int(counts.1), Int(counts.2)]
    maxComputeSharedMemory = Int(core.maxComputeSharedMemorySize)
    maxPushConstants = Int(core.maxPushConstantsSize)
    let subgroups = properties.vulkan11
    subgroupSize = Int(subgroups.subgroupSize)
    hasSubgroupBroadcast =
      subgroups.subgroupSupportedOperations & flags(VK_SUBGROUP_FEATURE_BALLOT_BIT) != 0
      && subgroups.subgroupSupportedStages & flags(VK_SHADER_STAGE_COMPUTE_BIT) != 0
    timestampPeriod = Double(core.timestampPeriod)
    self.timestampValidBits = timestampValidBits
  }
}

extension PhysicalDevice.Features {
  fileprivate init(of device: VkPhysicalDevice, _ functions: InstanceFunctions) {
    let scratch = Scratch()
    defer { scratch.free() }
    let statistics = scratch.pointer(to: VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR.make())
    let offersStatistics = Self.extensions(of: device, functions).contains(PipelineStatistics.extensionName)
    let vulkan12 = scratch.pointer(
      to: VkPhysicalDeviceVulkan12Features.make {
        $0.pNext = offersStatistics ? UnsafeMutableRawPointer(statistics) : nil
      })
    let vulkan11 = scratch.pointer(
      to: VkPhysicalDeviceVulkan11Features.make { $0.pNext = UnsafeMutableRawPointer(vulkan12) })
    var all = VkPhysicalDeviceFeatures2.make { $0.pNext = UnsafeMutableRawPointer(vulkan11) }
    functions.getFeatures2(device, &all)
    storageBuffer8Bit = vulkan12.pointee.storageBuffer8BitAccess.isTrue
    storageBuffer16Bit = vulkan11.pointee.storageBuffer16BitAccess.isTrue
    shaderInt8 = vulkan12.pointee.shaderInt8.isTrue
    shaderFloat16 = vulkan12.pointee.shaderFloat16.isTrue
    shaderFloat64 = all.features.shaderFloat64.isTrue
    timelineSemaphore = vulkan12.pointee.timelineSemaphore.isTrue
    pipelineStatistics = statistics.pointee.pipelineExecutableInfo.isTrue
  }

  private static func extensions(of device: VkPhysicalDevice, _ functions: InstanceFunctions) -> [String] {
    // None if the query fails.
    let found = try? enumerate("vkEnumerateDeviceExtensionProperties", blank: VkExtensionProperties()) {
      functions.enumerateDeviceExtensionProperties(device, nil, &$0, $1)
    }
    return (found ?? []).map { text($0.extensionName) }
  }
}

extension PhysicalDevice.Kind {
  fileprivate init(_ type: VkPhysicalDeviceType) {
    self =
      switch type {
      case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU: .discrete
      case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU: .integrated
      case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU: .virtual
      case VK_PHYSICAL_DEVICE_TYPE_CPU: .software
      default: .other
      }
  }
}

/// The compute queue family, and the valid bits of its timestamps.
private struct Queues {
  let compute: Int?
  let timestampValidBits: Int

  init(of device: VkPhysicalDevice, _ functions: InstanceFunctions) {
    var count: UInt32 = 0
    functions.getQueueFamilyProperties(device, &count, nil)
    var families = [VkQueueFamilyProperties](repeating: .init(), count: Int(count))
    functions.getQueueFamilyProperties(device, &count, &families)

    func has(_ bit: VkQueueFlagBits, _ family: VkQueueFamilyProperties) -> Bool {
      family.queueFlags & bit.rawValue != 0
    }
    // Prefer a family without graphics: long dispatches there do not freeze the desktop.
    let compute =
      families.firstIndex { has(VK_QUEUE_COMPUTE_BIT, $0) && !has(VK_QUEUE_GRAPHICS_BIT, $0) }
      ?? families.firstIndex { has(VK_QUEUE_COMPUTE_BIT, $0) }
    self.compute = compute
    timestampValidBits = compute.map { Int(families[$0].timestampValidBits) } ?? 0
  }
}

private struct Memory {
  let types: [MemoryType]
  let deviceLocalBytes: Int
  let heapByteCounts: [Int]

  init(of device: VkPhysicalDevice, _ functions: InstanceFunctions) {
    var memory = VkPhysicalDeviceMemoryProperties()
    functions.getMemoryProperties(device, &memory)
    // C arrays of 32 and 16 elements, imported as tuples.
    types = withUnsafeBytes(of: memory.memoryTypes) {
      $0.bindMemory(to: VkMemoryType.self).prefix(Int(memory.memoryTypeCount)).map { MemoryType($0) }
    }
    let heaps = withUnsafeBytes(of: memory.memoryHeaps) {
      Array($0.bindMemory(to: VkMemoryHeap.self).prefix(Int(memory.memoryHeapCount)))
    }
    deviceLocalBytes = heaps.filter { $0.flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT.rawValue != 0 }
      .reduce(0) { $0 + Int(clamping: $1.size) }
    heapByteCounts = heaps.map { Int(clamping: $0.size) }
  }
}
