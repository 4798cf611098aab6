/// Simulated device faults, for tests of error handling.
package struct DeviceFaults: Sendable, Hashable {
  /// The reported bytes of device memory.
  package var memoryLimit: Int?

  /// The reported maximum allocation in bytes.
  package var largestBuffer: Int?

  /// True if the memory limit shows only in a failing allocation.
  package var hidesMemoryLimit = false

  /// The reported bytes that a kernel can bind.
  package var kernelReach: Int?

  /// The index, from 1, of the submission that reports a device loss, as do all later ones.
  package var lostAtSubmission: UInt64?

  package init() {}
}
