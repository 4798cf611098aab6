/// Counts of a device's overheads since it was opened: allocations, pipelines, recordings and submissions.
///
/// While recordings are replayed, only `submissions` grows.
package struct VulkanCounters: Hashable, Sendable {
  /// Calls of `vkAllocateMemory`, and their bytes.
  package internal(set) var allocations = 0
  package internal(set) var allocatedByteCount = 0
  package internal(set) var pipelines = 0
  /// Descriptor sets written.
  package internal(set) var descriptorSets = 0
  /// Command buffers recorded for repeated submission.
  package internal(set) var recordings = 0
  /// Command buffers recorded for one submission: copies from and to the host.
  package internal(set) var transfers = 0
  package internal(set) var submissions = 0

  package init() {}
}

extension Device {
  /// The device's counts so far.
  package var counters: VulkanCounters { logical.counters }
}
