import CKernels
import Glibc

/// How many threads the CPU backend computes with.
///
/// Decided once in a process, when it is first asked for.
public enum ThreadCount {
  /// More than any machine has cores.
  public static let most = 1024

  /// The cores that the process may use, by its affinity and its control group.
  public static let cores = count(
    cores: Int(lemnos_available_cores()), quota: ControlGroups().cores)

  /// What LEMNOS_THREADS says, else one thread for each core.
  public static let usual = (try? requested.get()) ?? cores

  /// What LEMNOS_THREADS says; nil where it is not set.
  ///
  /// As elsewhere it is taken at its word, even beyond the number of cores: it may be set once for many machines.
  public static let requested = Result { try parse(getenv("LEMNOS_THREADS").map { String(cString: $0) }) }

  static func parse(_ text: String?) throws(BadThreadCount) -> Int? {
    guard let text, !text.isEmpty else { return nil }
    guard let count = Int(text), (1...most).contains(count) else { throw BadThreadCount(text: text) }
    return count
  }

  /// The number of threads for so many cores, of whose time the process may use so much.
  ///
  /// More would be stopped, all of them, until the next period begins.
  static func count(cores: Int, quota: Double?) -> Int {
    max(1, min(cores, quota.map { Int($0.rounded()) } ?? cores))
  }
}

/// LEMNOS_THREADS says something that is no number of threads.
public struct BadThreadCount: Error, Hashable, CustomStringConvertible {
  let text: String

  public var description: String {
    "LEMNOS_THREADS is '\(text)', but has to be a number from 1 to \(ThreadCount.most)"
  }
}
