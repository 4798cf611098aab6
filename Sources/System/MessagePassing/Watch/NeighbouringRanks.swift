import Glibc

/// The ranks of the same launcher on this host, as the system tells of their processes: before MPI has started no rank can ask
/// another.
struct NeighbouringRanks {
  /// Those that are stopped, in ascending order.
  private(set) var stopped: [(rank: Int, process: Int32)] = []
  /// The others, this one among them.
  private(set) var running: [Int] = []

  /// What launchers number their ranks by.
  private static let variables = ["OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"]

  init() {
    guard let folder = opendir("/proc") else { return }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let process = Int(name), let (state, parent) = Self.status(of: process), parent == getppid(),
        let rank = Self.rank(of: process)
      else { continue }
      if "tT".contains(state) { stopped.append((rank, Int32(process))) } else { running.append(rank) }
    }
    stopped.sort { $0.rank < $1.rank }
  }

  /// True of one of those that are not stopped.
  var isFirst: Bool { Self.rank(of: Int(getpid())) == running.min() }

  private static func rank(of process: Int) -> Int? {
    let environment = text("/proc/\(process)/environ").split(separator: "\0")
    return variables.lazy.compactMap { variable in
      environment.first { $0.hasPrefix("\(variable)=") }.flatMap { Int($0.dropFirst(variable.count + 1)) }
    }.first
  }

  /// A process's state, a letter, and its parent: what comes after its name, which is in parentheses.
  private static func status(of process: Int) -> (state: Character, parent: Int32)? {
    let fields = text("/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 1, let state = fields[0].first, let parent = Int32(fields[1]) else { return nil }
    return (state, parent)
  }

  /// A file of the system's; empty if it cannot be read, as of a process that has ended.
  private static func text(_ path: String) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var (bytes, buffer): ([UInt8], [UInt8]) = ([], Array(repeating: 0, count: 1 << 16))
    while true {
      let count = read(file, &buffer, buffer.count)
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer[..<count]
    }
  }
}
