import CVulkan

/// Device-level functions, resolved once to bypass the loader's dispatch.
struct DeviceFunctions {
  // Device and queue
  let destroyDevice: PFN_vkDestroyDevice
  let deviceWaitIdle: PFN_vkDeviceWaitIdle
  let getDeviceQueue: PFN_vkGetDeviceQueue
  let queueSubmit: PFN_vkQueueSubmit

  // Memory
  let createBuffer: PFN_vkCreateBuffer
  let destroyBuffer: PFN_vkDestroyBuffer
  let getBufferMemoryRequirements: PFN_vkGetBufferMemoryRequirements
  let allocateMemory: PFN_vkAllocateMemory
  let freeMemory: PFN_vkFreeMemory
  let bindBufferMemory: PFN_vkBindBufferMemory
  let mapMemory: PFN_vkMapMemory

  // Pipelines
  let createShaderModule: PFN_vkCreateShaderModule
  let destroyShaderModule: PFN_vkDestroyShaderModule
  let createDescriptorSetLayout: PFN_vkCreateDescriptorSetLayout
  let destroyDescriptorSetLayout: PFN_vkDestroyDescriptorSetLayout
  let createPipelineLayout: PFN_vkCreatePipelineLayout
  let destroyPipelineLayout: PFN_vkDestroyPipelineLayout
  let createPipelineCache: PFN_vkCreatePipelineCache
  let destroyPipelineCache: PFN_vkDestroyPipelineCache
  let getPipelineCacheData: PFN_vkGetPipelineCacheData
  let createComputePipelines: PFN_vkCreateComputePipelines
  let destroyPipeline: PFN_vkDestroyPipeline

  // Descriptors
  let createDescriptorPool: PFN_vkCreateDescriptorPool
  let destroyDescriptorPool: PFN_vkDestroyDescriptorPool
  let allocateDescriptorSets: PFN_vkAllocateDescriptorSets
  let updateDescriptorSets: PFN_vkUpdateDescriptorSets

  // Command buffers
  let createCommandPool: PFN_vkCreateCommandPool
  let destroyCommandPool: PFN_vkDestroyCommandPool
  let allocateCommandBuffers: PFN_vkAllocateCommandBuffers
  let freeCommandBuffers: PFN_vkFreeCommandBuffers
  let beginCommandBuffer: PFN_vkBeginCommandBuffer
  let endCommandBuffer: PFN_vkEndCommandBuffer

  // Commands
  let cmdBindPipeline: PFN_vkCmdBindPipeline
  let cmdBindDescriptorSets: PFN_vkCmdBindDescriptorSets
  let cmdPushConstants: PFN_vkCmdPushConstants
  let cmdDispatch: PFN_vkCmdDispatch
  let cmdDispatchBase: PFN_vkCmdDispatchBase
  let cmdPipelineBarrier: PFN_vkCmdPipelineBarrier
  let cmdCopyBuffer: PFN_vkCmdCopyBuffer
  let cmdFillBuffer: PFN_vkCmdFillBuffer
  let cmdResetQueryPool: PFN_vkCmdResetQueryPool
  let cmdWriteTimestamp: PFN_vkCmdWriteTimestamp

  // Timeline and timestamps
  let createSemaphore: PFN_vkCreateSemaphore
  let destroySemaphore: PFN_vkDestroySemaphore
  let waitSemaphores: PFN_vkWaitSemaphores
  let getSemaphoreCounterValue: PFN_vkGetSemaphoreCounterValue
  let createQueryPool: PFN_vkCreateQueryPool
  let destroyQueryPool: PFN_vkDestroyQueryPool
  let getQueryPoolResults: PFN_vkGetQueryPoolResults

  init(_ device: VkDevice, _ getDeviceProcAddr: PFN_vkGetDeviceProcAddr) throws(VulkanError) {
    func resolve<Function>(_ name: String) throws(VulkanError) -> Function {
      guard let address = getDeviceProcAddr(device, name) else { throw .functionMissing(name) }
      return unsafeBitCast(address, to: Function.self)
    }

    destroyDevice = try resolve("vkDestroyDevice")
    deviceWaitIdle = try resolve("vkDeviceWaitIdle")
    getDeviceQueue = try resolve("vkGetDeviceQueue")
    queueSubmit = try resolve("vkQueueSubmit")

    createBuffer = try resolve("vkCreateBuffer")
    destroyBuffer = try resolve("vkDestroyBuffer")
    getBufferMemoryRequirements = try resolve("vkGetBufferMemoryRequirements")
    allocateMemory = try resolve("vkAllocateMemory")
    freeMemory = try resolve("vkFreeMemory")
    bindBufferMemory = try resolve("vkBindBufferMemory")
    mapMemory = try resolve("vkMapMemory")

    createShaderModule = try resolve("vkCreateShaderModule")
    destroyShaderModule = try resolve("vkDestroyShaderModule")
    createDescriptorSetLayout = try resolve("vkCreateDescriptorSetLayout")
    destroyDescriptorSetLayout = try resolve("vkDestroyDescriptorSetLayout")
    createPipelineLayout = try resolve("vkCreatePipelineLayout")
    destroyPipelineLayout = try resolve("vkDestroyPipelineLayout")
    createPipelineCache = try resolve("vkCreatePipelineCache")
    destroyPipelineCache = try resolve("vkDestroyPipelineCache")
    getPipelineCacheData = try resolve("vkGetPipelineCacheData")
    createComputePipelines = try resolve("vkCreateComputePipelines")
    destroyPipeline = try resolve("vkDestroyPipeline")

    createDescriptorPool = try resolve("vkCreateDescriptorPool")
    destroyDescriptorPool = try resolve("vkDestroyDescriptorPool")
    allocateDescriptorSets = try resolve("vkAllocateDescriptorSets")
    updateDescriptorSets = try resolve("vkUpdateDescriptorSets")

    createCommandPool = try resolve("vkCreateCommandPool")
    destroyCommandPool = try resolve("vkDestroyCommandPool")
    allocateCommandBuffers = try resolve("vkAllocateCommandBuffers")
    freeCommandBuffers = try resolve("vkFreeCommandBuffers")
    beginCommandBuffer = try resolve("vkBeginCommandBuffer")
    endCommandBuffer = try resolve("vkEndCommandBuffer")

    cmdBindPipeline = try resolve("vkCmdBindPipeline")
    cmdBindDescriptorSets = try resolve("vkCmdBindDescriptorSets")
    cmdPushConstants = try resolve("vkCmdPushConstants")
    cmdDispatch = try resolve("vkCmdDispatch")
    cmdDispatchBase = try resolve("vkCmdDispatchBase")
    cmdPipelineBarrier = try resolve("vkCmdPipelineBarrier")
    cmdCopyBuffer = try resolve("vkCmdCopyBuffer")
    cmdFillBuffer = try resolve("vkCmdFillBuffer")
    cmdResetQueryPool = try resolve("vkCmdResetQueryPool")
    cmdWriteTimestamp = try resolve("vkCmdWriteTimestamp")

    createSemaphore = try resolve("vkCreateSemaphore")
    destroySemaphore = try resolve("vkDestroySemaphore")
    waitSemaphores = try resolve("vkWaitSemaphores")
    getSemaphoreCounterValue = try resolve("vkGetSemaphoreCounterValue")
    createQueryPool = try resolve("vkCreateQueryPool")
    destroyQueryPool = try resolve("vkDestroyQueryPool")
    getQueryPoolResults = try resolve("vkGetQueryPoolResults")
  }
}
