import Glibc
import Programs
import VulkanDevice

extension BackendCounters {
  /// A device's, under the names that all backends share.
  init(_ device: VulkanCounters, compilations: Int) {
    self.init()
    self.compilations = compilations
    (allocations, allocatedByteCount) = (device.allocations, device.allocatedByteCount)
    (pipelines, descriptorSets) = (device.pipelines, device.descriptorSets)
    (recordings, transfers) = (device.recordings, device.transfers)
    submissions = device.submissions
  }
}

/// How long the calling thread is at work, without the time that it waits.
///
/// Its time on a core, not the time of day: on a busy machine it loses its core while it submits, often to the driver's own
/// threads, which the submission wakes.
struct HostClock {
  private var start = HostClock.now
  private var before = 0

  var nanoseconds: Int { before + HostClock.now - start }

  /// Does something that does not count.
  mutating func pausing(_ wait: () throws -> Void) rethrows {
    before += HostClock.now - start
    defer { start = HostClock.now }
    try wait()
  }

  private static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}
