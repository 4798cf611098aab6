import CVulkan

/// The buffers that a dispatch works on, in the form that the device reads, and kept alive.
package struct Bindings {
  let set: VkDescriptorSet
  let slices: [BufferSlice]
  let setLayout: DeviceObject
  let arena: DescriptorArena
}
