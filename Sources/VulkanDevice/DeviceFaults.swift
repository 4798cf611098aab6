/// What goes wrong with a device on purpose, for tests of what follows.
package struct DeviceFaults: Sendable, Hashable {
  /// Bytes of device memory that there seem to be.
  package var memoryLimit: Int?

  /// Bytes of device memory that can be had in one piece, as it seems.
  package var largestBuffer: Int?

  /// Whether the memory's limit is found out only by an allocation that fails.
  package var hidesMemoryLimit = false

  /// Bytes of a buffer that kernels seem to reach.
  package var kernelReach: Int?

  /// The submission, from 1, that reports the device lost, as does everything after it.
  package var lostAtSubmission: UInt64?

  package init() {}
}
