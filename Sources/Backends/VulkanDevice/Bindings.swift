import CVulkan

/// The buffers bound by a dispatch, as a descriptor set that retains them.
package struct Bindings {
  let set: VkDescriptorSet
  let slices: [BufferSlice]
  let setLayout: DeviceObject
  let arena: DescriptorArena
}
