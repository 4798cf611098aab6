import TestSupport
import Testing

@Suite("lemnos")
struct OtherCommandTests {
  @Test(
    "gradcheck finds all gradients right",
    arguments: [
      "", "--model two-layer-net --reg 0 --seed 3", "--model fully-connected-net",
      "--model fully-connected-net --hidden 6,5 --reg 0.5",
      "--backend reference", "--backend cpu --layer affine-relu", "--layer basic-block",
      "--layer bottleneck",
    ])
  func gradcheck(options: String) throws {
    let folder = try TemporaryFolder()
    let line = options.isEmpty ? "gradcheck" : "gradcheck \(options)"
    let result = try folder.succeed(line)
    #expect(result.lines.first?.hasPrefix("Backend: ") == true)
    #expect(result.lines.first?.hasSuffix(", in float64.") == true)
    #expect(result.output.contains("0.weight  relative error "))
    #expect(result.lines.last == "All gradients agree within 1e-6.")
  }

  @Test("devices lists the processor, and what is taken by itself")
  func devices() throws {
    let result = try TemporaryFolder().succeed("devices")
    #expect(result.lines.first?.hasPrefix("cpu       CPU") == true)
    #expect(result.lines.last?.hasPrefix("auto takes ") == true)
  }

  @Test("devices does without Vulkan, in one sentence")
  func devicesWithoutVulkan() throws {
    let result = try TemporaryFolder().lemnos(
      "devices", environment: ["VK_DRIVER_FILES": "/nonexistent", "VK_ICD_FILENAMES": "/nonexistent"])
    #expect(result.code == 0)
    #expect(result.errors == "")
    #expect(result.lines.map { $0.prefix(10) } == ["cpu       ", "vulkan    ", "auto takes"])
  }

  @Test("data show says what the bundled set holds, and whose it is")
  func bundled() throws {
    let result = try TemporaryFolder().succeed("data show")
    #expect(
      result.lines.first
        == "fashion-mnist-small: 6,000 training and 1,000 test images of 1×28×28")
    #expect(result.lines.contains("  600  Ankle boot"))
    #expect(result.output.contains("MIT"))
  }

  @Test("data show says what a folder holds")
  func folder() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let result = try folder.succeed("data show images")
    #expect(result.lines.first == "idx: 40 training and 20 test images of 1×4×4")
    #expect(result.lines.filter { $0.hasPrefix("  4  ") }.count == 10)
  }

  @Test(
    "helps with an example",
    arguments: [
      "", "train", "evaluate", "summary", "plan", "profile", "gradcheck", "bench", "bench steps", "bench ops",
      "bench assignment",
      "reproduce cs231n", "devices", "data", "doctor",
      "data fetch", "data show",
    ])
  func help(command: String) throws {
    let line = command.isEmpty ? "--help" : "\(command) --help"
    let result = try TemporaryFolder().succeed(line)
    let example = command.isEmpty ? "  lemnos train" : "  lemnos \(command)"
    #expect(result.lines.contains { $0.hasPrefix(example) })
  }
}
