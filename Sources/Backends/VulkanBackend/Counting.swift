import Glibc
import Execution
import Programs
import VulkanDevice

extension BackendCounters {
  /// A device's counters in the backend-independent form.
  init(_ device: VulkanCounters, compilations: Int) {
    self.init()
    self.compilations = compilations
    (allocations, allocatedByteCount) = (device.allocations, device.allocatedByteCount)
    (pipelines, descriptorSets) = (device.pipelines, device.descriptorSets)
    (recordings, transfers) = (device.recordings, device.transfers)
    submissions = device.submissions
  }
}

/// Measures the CPU time of the calling thread, without pauses.
///
/// Thread time, not wall time: on a busy machine the thread is preempted while it submits, often by the
/// driver's own threads that the submission wakes.
struct HostClock {
  private var start = HostClock.now
  private var before = 0

  var nanoseconds: Int { before + HostClock.now - start }

  /// Runs something that is not counted.
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
