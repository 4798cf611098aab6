package import Programs
import Tensors

extension FusionPolicy {
  /// The policy for a device: everything whose code is generated fuses, because a dispatch and its barrier
  /// cost microseconds.
  ///
  /// - Parameters:
  ///   - buffers: the storage buffers that a shader may bind.
  ///   - fuses: false for one dispatch per instruction, or several for a long one.
  init(buffers: Int, on traits: DeviceTraits, fuses: Bool = true) {
    // More than some tens of buffers would only make shaders long; one is reserved for parameters.
    self.init(maximumBuffers: min(buffers - 1, 64))
    rewrites.subtract(traits.withoutRewrites)
    loops = LoopLimit(iterations: LoopLimit.perInvocation, lanes: traits.groupSize)
    guard fuses else {
      canFuse = { _, _, _ in false }
      rewrites.remove(.gatherShuffledRows)
      return
    }
    // An estimate of the workgroups that fill a GPU; a CPU driver runs few at a time.
    if !traits.isSoftware { splitK = SplitK(groups: 256) }
    // llvmpipe runs a shader with a barrier as coroutines, which doubles the time of everything else in it.
    if traits.isSoftware { mostSharedByteCount = smallByteCount }
    // Products on matrix units are kernels of their own, which write raw sums.
    if let units = traits.units?.uses {
      canFuse = { kernel, _, type in type != .float32 || !units.multiply(kernel) }
    }
  }
}

extension LoopLimit {
  /// The maximum number of loop iterations of one invocation of a shader.
  ///
  /// llvmpipe, Mesa's CPU driver, exits every loop of a shader after 65,535 iterations in total, without an
  /// error; half of that is a margin for passes that are not counted. On GPUs, kernels that run for seconds
  /// hit a watchdog, and work spread over more workgroups runs faster.
  package static let perInvocation = 1 << 15
}
