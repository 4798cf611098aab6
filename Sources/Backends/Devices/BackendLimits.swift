/// Limits on a backend's use of the machine.
public struct BackendLimits: Hashable, Sendable {
  /// Bytes for its programs and their states; nil for all of the device's memory.
  ///
  /// Programs that need more are refused before anything is allocated, and data that does not fit is
  /// streamed.
  public var memory: Int?

  /// CPU threads, from 1; nil for LEMNOS_THREADS, else one per core available to the process.
  ///
  /// Results do not depend on it. Ignored by Vulkan devices.
  public var threads: Int?

  public init(memory: Int? = nil, threads: Int? = nil) { (self.memory, self.threads) = (memory, threads) }

  /// The tighter of each limit.
  func and(_ other: BackendLimits) -> BackendLimits {
    BackendLimits(
      memory: [memory, other.memory].compactMap(\.self).min(),
      threads: [threads, other.threads].compactMap(\.self).min())
  }
}
