/// What a backend may use of the machine.
public struct BackendLimits: Hashable, Sendable {
  /// Bytes that its programs may take together with their states; nil for all that the device has.
  ///
  /// What would take more is refused before anything is allocated, and images that there is no room for are streamed.
  public var memory: Int?

  /// Threads of the CPU, from 1; nil for what LEMNOS_THREADS says, else one for each core that the process may use.
  ///
  /// Results do not depend on it. Vulkan devices have none.
  public var threads: Int?

  public init(memory: Int? = nil, threads: Int? = nil) { (self.memory, self.threads) = (memory, threads) }

  /// The tighter of each two.
  func and(_ other: BackendLimits) -> BackendLimits {
    BackendLimits(
      memory: [memory, other.memory].compactMap(\.self).min(),
      threads: [threads, other.threads].compactMap(\.self).min())
  }
}
