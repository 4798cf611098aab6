import TestSupport
import Testing

@Suite(
  "lemnos with its cache",
  .enabled(if: VulkanUnderTest.missing == nil, "\(VulkanUnderTest.missing ?? "")"))
struct CacheTests {
  private static let line = "train --backend vulkan --data images --hidden 8 --batch-size 4 --epochs 1"

  @Test(
    "comes to the same bits without one, with a cold one that two programs fill at once, and with a warm one")
  func sharing() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    try folder.succeed("\(Self.line) --out without")
    let environment = ["LEMNOS_CACHE": "cache"]
    let commands = try (0..<3).map {
      try Command("\(Self.line) --out cold-\($0)", in: folder, environment: environment)
    }
    for command in commands {
      let result = try command.result()
      #expect(result.code == 0 && result.errors == "")
    }
    let names = try folder.names(in: "cache")
    #expect(names.count { $0.hasPrefix("spirv-") } > 3)
    #expect(names.count { $0.hasPrefix("pipelines-") } == 1)
    #expect(names.allSatisfy { $0.hasSuffix(".entry") })
    let kernels = try names.filter { $0.hasPrefix("spirv-") }.map { try folder.read("cache/\($0)") }
    let warm = try folder.lemnos("\(Self.line) --out warm", environment: environment)
    #expect(warm.code == 0 && warm.errors == "")
    #expect(try folder.names(in: "cache") == names)
    #expect(
      try names.filter { $0.hasPrefix("spirv-") }.map { try folder.read("cache/\($0)") } == kernels)
    let expected = try folder.read("without/last.safetensors")
    for run in ["cold-0", "cold-1", "cold-2", "warm"] {
      #expect(try folder.read("\(run)/last.safetensors") == expected)
    }
  }

  @Test("warns once of a cache that cannot be written, and trains")
  func unwritable() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let result = try folder.lemnos(
      "\(Self.line) --out run", environment: ["LEMNOS_CACHE": "images/\(TinyImages.testLabels)/cache"])
    #expect(result.code == 0)
    #expect(result.errors.hasPrefix("lemnos: images/"))
    #expect(result.errors.hasSuffix("Set LEMNOS_CACHE to another folder, or to off\n"))
    #expect(result.errors.split(separator: "\n").count == 1)
  }
}
