import Glibc

/// The CPU and memory limits of the process's control groups (cgroups), as set by containers and service
/// managers.
///
/// Linux cgroups, versions 1 and 2. A group is also bound by its ancestors, so the least limit counts. No
/// limits if none are found.
struct ControlGroups {
  /// CPU quota in cores; nil without a limit.
  let cores: Double?

  /// Bytes of memory; nil without a limit.
  let memoryByteCount: Int?

  /// - Parameters:
  ///   - root: the mount point.
  ///   - membership: the file that lists the process's groups.
  init(root: String = "/sys/fs/cgroup", membership: String = "/proc/self/cgroup") {
    var cores: [Double] = []
    var memory: [Int] = []
    for line in ControlGroups.text(membership).split(separator: "\n") {
      // Such as "0::/user.slice", or, in version 1, "4:cpu,cpuacct:/docker/0123".
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let folders = ControlGroups.folders(
        under: fields[1].isEmpty ? root : "\(root)/\(fields[1])", String(fields[2]))
      for folder in folders {
        let limit = ControlGroups.numbers("\(folder)/cpu.max")
        if limit.count == 2, limit[1] > 0 { cores.append(Double(limit[0]) / Double(limit[1])) }
        let quota = ControlGroups.numbers("\(folder)/cpu.cfs_quota_us")
        let period = ControlGroups.numbers("\(folder)/cpu.cfs_period_us")
        if quota.count == 1, period.count == 1, period[0] > 0 {
          cores.append(Double(quota[0]) / Double(period[0]))
        }
        memory += ["memory.max", "memory.limit_in_bytes"].flatMap { ControlGroups.numbers("\(folder)/\($0)") }
      }
    }
    self.cores = cores.filter { $0 > 0 }.min()
    memoryByteCount = memory.filter { $0 > 0 }.min()
  }

  /// The folders of a group and its ancestors; in a container some of them are not visible.
  private static func folders(under mount: String, _ group: String) -> [String] {
    let parts = group.split(separator: "/")
    return (0...parts.count).map { ([mount] + parts.prefix($0).map(String.init)).joined(separator: "/") }
  }

  /// The numbers in a file; empty for "max" (no limit) and for a missing file.
  private static func numbers(_ path: String) -> [Int] {
    let words = text(path).split { $0 == " " || $0 == "\n" }
    let numbers = words.compactMap { Int($0) }
    return numbers.count == words.count ? numbers : []
  }

  /// The content of a small file of a pseudo file system, whose size reads as 0.
  private static func text(_ path: String) -> String {
    guard let file = fopen(path, "re") else { return "" }
    defer { fclose(file) }
    let bytes = [UInt8](unsafeUninitializedCapacity: 16 << 10) { buffer, count in
      count = fread(buffer.baseAddress, 1, buffer.count, file)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
