import Foundation
import TestSupport
import Testing

@Suite("lemnos plan")
struct PlanTests {
  /// The backends available on this machine.
  private static let backends = VulkanUnderTest.missing == nil ? ["cpu", "vulkan"] : ["cpu"]

  private struct Plan: Decodable {
    struct Instruction: Decodable {
      let level: Int
      let kernel: String
      let flops: Int
      let bytes: Int
    }
    struct Memory: Decodable {
      let parameters: Int
      let images: Int
      let arena: Int
      let evaluation: Int?
      let total: Int
    }
    struct Peak: Decodable {
      struct Value: Decodable {
        let name: String
        let layer: String
        let shape: String
        let bytes: Int
      }
      let level: Int
      let bytes: Int
      let values: [Value]
    }
    struct Device: Decodable {
      let byteCount: Int?
    }
    let batchSize: Int
    let levels: Int
    let flops: Int
    let bytes: Int
    let instructions: [Instruction]
    let memory: Memory
    let peak: Peak
    let device: Device
    let obstacle: String?
    let largestBatchSize: Int?
  }

  @Test("lists the step, its memory and the largest batch, and writes nothing", arguments: backends)
  func text(backend: String) throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let lines = try folder.succeed("plan --data images --hidden 8 --batch-size 4 --backend \(backend)").lines
    #expect(
      lines.first == "two-layer-net (hidden 8), 226 parameters, on batches of 4 of the 36 images of images")
    #expect(lines.contains { $0.contains(/^  level 0   %.*shuffledBatch|gather/) })
    #expect(
      lines.contains {
        $0.contains(/^  \d+ kernels on \d+ levels, \d+ flops, \d+ bytes moved, arena of \d+ bytes$/)
      })
    #expect(lines.contains { $0.contains(/^parameters +0\.00$/) })
    #expect(lines.contains { $0.contains(/^The arena holds most at level \d+: 0\.00 MB in \d+ values\.$/) })
    #expect(
      lines.contains {
        $0.contains(/^It fits: of \d+\.\d\d MB of the device's memory it takes [01]\.\d\d MB\.$/)
      })
    #expect(lines.last == "All 36 images would fit into one batch.")
    #expect(try folder.names() == ["images"])
  }

  @Test("says how each convolution is computed, within a line of a terminal")
  func convolutions() throws {
    let folder = try TemporaryFolder()
    let line = "plan --model resnet18 --input 3x32x32 --batch-size 8 --backend cpu"
    let lines = try folder.inTerminal(of: 100, line)
    #expect(lines.contains { $0.contains(/^level  convolution +layer +algorithm +because$/) })
    #expect(lines.contains { $0.contains(/^ +\d+  forward  .+  Winograd F\(4×4, 3×3\)  +3×3, channels in/) })
    #expect(lines.contains { $0.contains(/^ +\d+  weight gradient  .+  GEMM,/) })
    #expect(lines.filter { $0.contains("Winograd") }.allSatisfy { $0.count <= 100 }, "\(lines)")
    let json = try folder.succeed("\(line) --json").lines
    #expect(json[0].contains(#""algorithm":"Winograd F(4×4, 3×3)""#))
  }

  @Test("is one JSON object for programs", arguments: backends)
  func json(backend: String) throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let line = "plan --data images --hidden 8 --batch-size 4 --backend \(backend) --json"
    let lines = try folder.succeed(line).lines
    #expect(lines.count == 1)
    let plan = try JSONDecoder().decode(Plan.self, from: Foundation.Data(lines[0].utf8))
    #expect(plan.batchSize == 4 && plan.largestBatchSize == 36 && plan.obstacle == nil)
    #expect(plan.memory.parameters == 904 && plan.memory.images == 36 * 20)
    #expect(plan.flops == plan.instructions.reduce(0) { $0 + $1.flops })
    #expect(plan.bytes == plan.instructions.reduce(0) { $0 + $1.bytes })
    #expect(plan.levels == Set(plan.instructions.map(\.level)).count)
    #expect(plan.instructions.contains { $0.kernel.contains("matmul") })
    #expect(plan.peak.bytes <= plan.memory.arena && !plan.peak.values.isEmpty)
    #expect((plan.device.byteCount ?? .max) > plan.memory.total)
  }

  @Test("says what does not fit, and what would")
  func tooLarge() throws {
    let line = "plan --model resnet18 --input 3x1024x1024 --batch-size 65536 --backend cpu"
    let lines = try TemporaryFolder().succeed(line).lines
    // Its images alone are 0.2 TB, and many activations 4 TB each.
    #expect(
      lines.contains {
        $0.hasPrefix("It does not fit: it takes ") && $0.contains(" MB of memory, and the device has ")
      })
    #expect(lines.contains { $0.hasSuffix(" With --recompute blocks it takes less.") })
    #expect(lines.last?.contains(/^The largest batch that fits has [\d,]+ images?\.$/) == true)
  }

  @Test("follows the options that change a step")
  func options() throws {
    func plan(_ options: String) throws -> Plan {
      let lines = try TemporaryFolder().succeed("plan --backend cpu --json\(options)").lines
      return try JSONDecoder().decode(Plan.self, from: Foundation.Data(lines[0].utf8))
    }
    let plain = try plan("")
    #expect(try plan(" --batch-size 100").memory.arena > plain.memory.arena)
    #expect(try plan(" --optimizer sgd").memory.total < plain.memory.total)
    #expect(try plan(" --precision bf16").flops > plain.flops)
    #expect(try plan(" --train-samples 100").memory.images == 100 * 788)
    #expect(try plan(" --input 1x28x28").memory.images == 50 * 788)
    let deep = " --model resnet18 --input 3x32x32"
    #expect(try 3 * plan(deep + " --recompute blocks").memory.arena < 2 * plan(deep).memory.arena)
  }

  @Test("fits into narrow and wide terminals", arguments: [40, 60, 120])
  func widths(columns: Int) throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let lines = try folder.inTerminal(
      of: columns, "plan --data images --hidden 8 --batch-size 4 --backend cpu")
    #expect(lines.contains { $0.hasPrefix("value") && $0.contains("MB") })
    #expect(lines.contains { $0.hasPrefix("  level 0 ") })
    #expect(
      lines.filter { !$0.contains("optimizer.velocity") }.allSatisfy { $0.count <= columns }, "\(lines)")
  }

  @Test(
    "says what a card is expected to take, of those that are known",
    .enabled(if: VulkanUnderTest.missing == nil))
  func prediction() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let line = "plan --backend cpu --data images --hidden 8 --batch-size 4 --device-model"
    let lines = try folder.succeed("\(line) rtx4090").lines
    #expect(
      lines.contains {
        $0.contains(
          /^Expected on NVIDIA GeForce RTX 4090: \d+\.\d\d ms for a step, [\d,]+ images\/s, in \d+ kernels on/
        )
      })
    #expect(lines.contains { $0.contains(/^between levels +[\d.]+ +[\d.]+ %$/) })
    let json = try folder.succeed("\(line) h200 --json").lines
    #expect(json.count == 1 && json[0].contains("\"prediction\":{"))
    let wrong = try folder.lemnos("\(line) riva128")
    #expect(wrong.code == 64 && wrong.errors.contains("rtx4090, h200, rx7900xtx"))
  }

  @Test("predicts several ranks by shares that are measured")
  func ranks() throws {
    let folder = try TemporaryFolder()
    try TinyImages(training: 96).write(to: folder)
    let line = "plan --data images --model two-layer-net --batch-size 24 --backend cpu"
    let lines = try folder.succeed("\(line) --ranks 6 --link 400Mbit --latency 5 --ranks-per-host 2").lines
    #expect(lines[0].contains("send 50 MB/s with a latency of 5.0 µs, 2 to a machine"), "\(lines)")
    #expect(
      lines.dropFirst(2).compactMap { $0.split(separator: " ").first } == ["1", "2", "4", "6"], "\(lines)")
    let json = try folder.succeed("\(line) --ranks 2 --json").output
    #expect(json.contains(#""share":12"#) && json.contains(#""exposed":"#), "\(json)")
    for (words, code, text) in [
      ("--ranks 5", 64, "a batch of 24 has no 5 equal shares"),
      ("--link 10Gbit", 64, "--link is for the prediction on several ranks"),
      ("--ranks 2 --link fast", 64, "'fast' is no rate such as 10Gbit"),
      ("--ranks 2 --ranks-per-host 3", 64, "--ranks-per-host is 3, but has to be from 1 to 2"),
      ("--ranks 2 --rewrites", 64, "--ranks measures steps on a data set"),
    ] as [(String, Int32, String)] {
      let result = try folder.lemnos("\(line) \(words)")
      #expect(result.code == code && result.errors.contains(text), "\(words): \(result.errors)")
    }
  }
}
