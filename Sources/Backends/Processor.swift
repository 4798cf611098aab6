import CPUBackend
import FoundationEssentials

/// What is known of the machine's processor.
public struct Processor: Hashable, Sendable {
  /// As the system calls it; "unknown" where it does not say.
  public let name: String
  /// The instruction sets that kernels are written for, of those it has.
  public let features: [String]
  /// What the CPU backend computes with.
  public let threads: String

  public static let current: Processor = {
    let text = FileManager.default.contents(atPath: "/proc/cpuinfo").map {
      String(decoding: $0, as: UTF8.self)
    }
    return Processor(cpuinfo: text ?? "")
  }()

  /// The cores that this process may use, by its affinity and its control group.
  public static var usableCores: Int { ThreadCount.cores }

  /// As many threads as LEMNOS_THREADS says, else one for each of those cores.
  public static var usualThreads: Int { ThreadCount.usual }

  /// - Parameter cpuinfo: what Linux has in `/proc/cpuinfo`.
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
