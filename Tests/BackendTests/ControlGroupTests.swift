import TestSupport
import Testing

@testable import CPUBackend

@Suite("Control groups")
struct ControlGroupTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func groups(_ membership: String, _ files: [String: String]) throws -> ControlGroups {
    try folder.write(Array(membership.utf8), as: "membership")
    for (name, text) in files { try folder.write(Array(text.utf8), as: "cgroup/\(name)") }
    return ControlGroups(root: folder.path(of: "cgroup"), membership: folder.path(of: "membership"))
  }

  @Test("of version 2 limit by the least of the groups around")
  func version2() throws {
    let limits = try groups(
      "0::/user.slice/run-1.scope\n",
      [
        "cpu.max": "max 100000\n", "user.slice/cpu.max": "150000 100000\n",
        "user.slice/run-1.scope/cpu.max": "400000 100000\n", "user.slice/memory.max": "max\n",
        "user.slice/run-1.scope/memory.max": "1073741824\n",
      ])
    #expect(limits.cores == 1.5 && limits.memoryByteCount == 1 << 30)
  }

  @Test("of version 1 limit too, as seen from inside a container")
  func version1() throws {
    let limits = try groups(
      "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n",
      [
        "cpu,cpuacct/cpu.cfs_quota_us": "50000\n", "cpu,cpuacct/cpu.cfs_period_us": "100000\n",
        "memory/memory.limit_in_bytes": "536870912\n",
      ])
    #expect(limits.cores == 0.5 && limits.memoryByteCount == 1 << 29)
  }

  @Test("without limits, or in files that make no sense, are none")
  func none() throws {
    for quota in ["-1\n", "", "a lot\n", "0\n"] {
      let limits = try groups(
        "4:cpu:/\nnonsense\n::::\n",
        ["cpu/cpu.cfs_quota_us": quota, "cpu/cpu.cfs_period_us": "100000\n", "cpu.max": "1 0\n"])
      #expect(limits.cores == nil && limits.memoryByteCount == nil)
    }
    let nowhere = ControlGroups(root: "/nonexistent", membership: "/nonexistent/self")
    #expect(nowhere.cores == nil && nowhere.memoryByteCount == nil)
  }

  @Test(
    "decide the number of threads together with the cores",
    arguments: [
      (8, nil, 8), (8, 2.0, 2), (8, 2.5, 3), (8, 0.2, 1), (2, 16.0, 2), (1, nil, 1),
    ] as [(Int, Double?, Int)])
  func threads(cores: Int, quota: Double?, expected: Int) {
    #expect(ThreadCount.count(cores: cores, quota: quota) == expected)
  }
}
