/// What was asked of a device since it was opened, besides its computing.
///
/// While finished recordings are submitted again and again, only `submissions` grows.
package struct VulkanCounters: Hashable, Sendable {
  /// `vkAllocateMemory`, and what was asked of it.
  package internal(set) var allocations = 0
  package internal(set) var allocatedByteCount = 0
  package internal(set) var pipelines = 0
  /// Descriptor sets written.
  package internal(set) var descriptorSets = 0
  /// Command buffers recorded to be submitted again.
  package internal(set) var recordings = 0
  /// Command buffers recorded for one submission: copies from and to the host.
  package internal(set) var transfers = 0
  package internal(set) var submissions = 0

  package init() {}
}

extension Device {
  /// What was asked of the device so far.
  package var counters: VulkanCounters { logical.counters }
}
