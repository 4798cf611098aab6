import FoundationEssentials
import TestSupport
import Testing

@Suite("lemnos doctor")
struct DoctorTests {
  private static let cache = ["LEMNOS_CACHE": "cache"]

  @Test("says what there is, each in a line, and that all is well")
  func healthy() throws {
    let folder = try TemporaryFolder()
    let result = try folder.lemnos("doctor", environment: Self.cache)
    #expect(result.code == 0 && result.errors == "", "\(result.output)")
    #expect(result.lines.last == "All is well.")
    #expect(result.lines.first?.hasPrefix("ok        cpu       CPU (") == true)
    #expect(result.lines.contains { $0.hasPrefix("ok        cache     cache, 0.0 MB of at most 64 MB") })
    #expect(
      result.lines.contains(
        "ok        data      fashion-mnist-small: 6,000 training and 1,000 test images"))
    #expect(
      result.lines.contains(
        "note      data      mnist is not here; fetch it with: lemnos data fetch mnist"))
  }

  @Test("tests a device that is asked for", .enabled(if: VulkanUnderTest.missing == nil))
  func device() throws {
    let folder = try TemporaryFolder()
    let result = try folder.lemnos("doctor --device 0", environment: Self.cache)
    #expect(result.code == 0, "\(result.output)")
    #expect(
      result.lines.contains {
        $0.contains(/^ok        vulkan 0  all \d+ kernels agree with the CPU's float64$/)
      })
  }

  @Test("finds what is broken, and ends with code 2")
  func broken() throws {
    let folder = try TemporaryFolder()
    try folder.write([], as: "file")
    let unwritable = try folder.lemnos("doctor", environment: ["LEMNOS_CACHE": "file/cache"])
    #expect(unwritable.code == 2)
    #expect(unwritable.lines.contains { $0.hasPrefix("problem   cache     file/cache: cannot be made: ") })
    #expect(unwritable.errors == "lemnos: 1 problem was found; see the lines marked 'problem'\n")

    let none = try folder.lemnos("doctor --device 77", environment: Self.cache)
    #expect(none.code == 2)
    #expect(none.lines.contains { $0.hasPrefix("problem   vulkan") })

    try folder.write([1, 2, 3], as: "data/mnist/train-images-idx3-ubyte")
    let damaged = try folder.lemnos("doctor", environment: Self.cache)
    #expect(damaged.code == 2)
    #expect(damaged.lines.contains { $0.hasPrefix("problem   data      data/mnist") })
  }

  @Test("does without Vulkan and without a cache")
  func without() throws {
    let result = try TemporaryFolder().lemnos(
      "doctor",
      environment: [
        "VK_DRIVER_FILES": "/nonexistent", "VK_ICD_FILENAMES": "/nonexistent", "LEMNOS_CACHE": "off",
      ])
    #expect(result.code == 0 && result.errors == "")
    #expect(result.lines.contains { $0.hasPrefix("note      vulkan    ") })
    #expect(result.lines.contains { $0.hasPrefix("note      cache     off") })
  }

  @Test("prints one object a line")
  func json() throws {
    struct Line: Decodable {
      let level: String
      let subject: String
      let text: String
    }
    let result = try TemporaryFolder().lemnos("doctor --json", environment: Self.cache)
    #expect(result.code == 0)
    let lines = try result.lines.map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    #expect(Set(lines.map(\.subject)).isSuperset(of: ["cpu", "cache", "data"]))
    #expect(lines.allSatisfy { ["ok", "note"].contains($0.level) && !$0.text.isEmpty })
  }
}
