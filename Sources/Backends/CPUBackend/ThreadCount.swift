import Glibc

/// The number of threads of the CPU backend.
///
/// Determined once per process, on first use.
public enum ThreadCount {
  /// More than the cores of any machine.
  public static let most = 1024

  private static let topology = ProcessorTopology()
  private static let quota = ControlGroups().cores

  /// The logical processors available to the process, by its affinity and cgroup quota: hyperthreads count.
  public static let processors = count(cores: topology.processors, quota: quota)

  /// The value of LEMNOS_THREADS, or one thread per physical core: two hyperthreads of a core share its
  /// arithmetic units, which these kernels keep busy.
  public static let usual = (try? requested.get()) ?? count(cores: topology.cores, quota: quota)

  /// The value of LEMNOS_THREADS; nil if it is not set.
  ///
  /// Not capped at the number of cores, as usual for such variables: it may be set once for many machines.
  public static let requested = Result { try parse(getenv("LEMNOS_THREADS").map { String(cString: $0) }) }

  static func parse(_ text: String?) throws(BadThreadCount) -> Int? {
    guard let text, !text.isEmpty else { return nil }
    guard let count = Int(text), (1...most).contains(count) else { throw BadThreadCount(text: text) }
    return count
  }

  /// The number of threads for `cores` cores under a CPU quota.
  ///
  /// With more, all threads would be throttled until the next period.
  static func count(cores: Int, quota: Double?) -> Int {
    max(1, min(cores, quota.map { Int($0.rounded()) } ?? cores))
  }
}

/// The error of an invalid LEMNOS_THREADS.
public struct BadThreadCount: Error, Hashable, CustomStringConvertible {
  let text: String

  public var description: String {
    "LEMNOS_THREADS is '\(text)', but has to be a number from 1 to \(ThreadCount.most)"
  }
}
