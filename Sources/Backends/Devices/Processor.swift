import CPUBackend
import FoundationEssentials
import Glibc

/// The machine's CPU.
public struct Processor: Hashable, Sendable {
  /// The model name reported by the system; "unknown" if there is none.
  public let name: String
  /// The instruction sets used by kernels that it supports.
  public let features: [String]
  /// The number of threads of the CPU backend, as text.
  public let threads: String

  public static let current: Processor = {
    let text = FileManager.default.contents(atPath: "/proc/cpuinfo").map {
      String(decoding: $0, as: UTF8.self)
    }
    return Processor(cpuinfo: text ?? "")
  }()

  /// The logical processors available to the process, by its affinity and cgroup quota.
  public static var usableProcessors: Int { ThreadCount.processors }

  /// The value of LEMNOS_THREADS, else one thread per physical core.
  public static var usualThreads: Int { ThreadCount.usual }

  /// The number of threads for each of some processes of this machine: its share, or, if it may not use all processors,
  /// all that it may use.
  public static func threads(ofProcesses count: Int) -> Int {
    let isBound = usableProcessors < sysconf(CInt(_SC_NPROCESSORS_ONLN))
    return isBound ? usualThreads : max(1, usualThreads / max(count, 1))
  }

  /// - Parameter cpuinfo: the content of Linux's `/proc/cpuinfo`.
  init(cpuinfo: String) {
    var fields: [Substring: Substring] = [:]
    for line in cpuinfo.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      let name = parts[0].prefix { $0 != "\t" }
      if fields[name] == nil { fields[name] = parts[1].drop { $0 == " " } }
    }
    name = fields["model name"].map(String.init) ?? "unknown"
    let flags = Set((fields["flags"] ?? fields["Features"] ?? "").split(separator: " "))
    features = ["sse4_2", "avx", "avx2", "fma", "avx512f", "avx512bw", "asimd", "sve"].filter {
      flags.contains(Substring($0))
    }
    threads = CPUBackend().name
  }
}
