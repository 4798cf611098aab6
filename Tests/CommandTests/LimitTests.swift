import Foundation
import TestSupport
import Testing

@Suite("Limits")
struct LimitTests {
  private static let backends = VulkanUnderTest.missing == nil ? ["cpu", "vulkan"] : ["cpu"]

  private struct Plan: Decodable {
    struct Device: Decodable {
      let byteCount: Int
      let available: Int?
    }
    struct Memory: Decodable { let total: Int }
    let device: Device
    let memory: Memory
    let obstacle: String?
    let largestBatchSize: Int?
  }

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
  }

  private func plan(_ options: String) throws -> Plan {
    let lines = try folder.succeed("plan --json \(options)").lines
    return try JSONDecoder().decode(Plan.self, from: Data(lines[0].utf8))
  }

  @Test("of memory are read in all units")
  func units() throws {
    let options = "--data images --hidden 8 --batch-size 4 --backend cpu --memory-limit "
    for (text, count) in [
      ("64MB", 64_000_000), ("64000000", 64_000_000), ("1.5MiB", 3 << 19), ("0.01GB", 10_000_000),
    ] {
      let device = try plan(options + text).device
      #expect(device.byteCount == count && device.available == count)
    }
    let ample = try plan(options + "1000000TB")
    #expect(
      try ample.device.byteCount
        == plan("--data images --hidden 8 --batch-size 4 --backend cpu").device.byteCount)
  }

  @Test("of memory decide the largest batch: that one is trained, and the next is not", arguments: backends)
  func largest(backend: String) throws {
    let limit = backend == "cpu" ? "14MB" : "24MB"
    let options = "--backend \(backend) --memory-limit \(limit) --batch-size"
    let large = try plan("\(options) 5400")
    let batch = try #require(large.largestBatchSize)
    #expect(
      batch > 1 && batch < 5400 && large.obstacle?.contains("the limit is \(limit.dropLast(2)).0 MB") == true)
    #expect(try plan("\(options) \(batch)").obstacle == nil)
    try folder.succeed("train \(options) \(batch) --epochs 1 --out a")
    try folder.expectRefusal(
      "train \(options) \(batch + 1) --epochs 1 --out b", code: 69,
      words: [
        "'training step' needs ", " left of a limit of ", "A batch of \(batch) is the greatest that fits",
      ])
  }

  @Test("of memory are told from what the device has")
  func verdict() throws {
    func verdict(_ limit: String) throws -> [String] {
      try folder.succeed(
        "plan --data images --hidden 8 --batch-size 4 --backend cpu --memory-limit \(limit)"
      ).lines.suffix(2)
    }
    #expect(try verdict("2MB")[0].hasPrefix("It fits: of 2.00 MB that it may take it takes "))
    #expect(try verdict("1000000TB")[0].contains("MB of the device's memory it takes "))
    let refused = try verdict("3kB")
    #expect(
      refused[0].hasPrefix("It does not fit: it takes ") && refused[0].hasSuffix(", and the limit is 0.0 MB.")
    )
    #expect(refused[1].hasPrefix("Not even a batch of one image fits"))
  }

  @Test("of memory hold for every command that computes a step")
  func commands() throws {
    try folder.succeed("train \(TinyImages.options) --epochs 1 --out a")
    for (line, limit, program) in [
      ("train \(TinyImages.options) --epochs 1 --out b", "3kB", "training step"),
      ("evaluate --backend cpu --checkpoint a/last.safetensors", "1kB", "evaluate validation"),
      ("profile \(TinyImages.options) --steps 1", "3kB", "training step"),
      ("bench steps --backend cpu --workload two-layer-net --seconds 0 --losses 1", "1MB", "training step"),
    ] {
      try folder.expectRefusal(
        "\(line) --memory-limit \(limit)", code: 69,
        words: [
          "'\(program)' needs ", "on CPU (", "left of a limit of ", "most is taken by ",
          "a higher memory limit",
        ])
      try folder.succeed("\(line) --memory-limit 100MB")
    }
  }

  @Test("of memory stream images that there is no room for, to the same bits")
  func streamed() throws {
    let line = "train --backend cpu --batch-size 10 --hidden 20 --train-samples 3000 --epochs 1 --out"
    try folder.succeed("\(line) a")
    let streamed = try folder.succeed("\(line) b --memory-limit 3MB").output
    #expect(streamed.contains("streamed"))
    #expect(try folder.read("a/last.safetensors") == folder.read("b/last.safetensors"))
  }

  @Test("of threads come from an option, or from the environment, or are the cores")
  func threads() throws {
    let train = "train \(TinyImages.options) --epochs 1 --out"
    #expect(try folder.succeed("\(train) a --threads 1").output.contains("CPU (1 thread)"))
    let three = try folder.lemnos("\(train) b", environment: ["LEMNOS_THREADS": "3"])
    #expect(three.code == 0 && three.output.contains("CPU (3 threads)"))
    let one = try folder.lemnos("\(train) c --threads 1", environment: ["LEMNOS_THREADS": "3"])
    #expect(one.code == 0 && one.output.contains("CPU (1 thread)"))
    let usual = try folder.lemnos("\(train) d", environment: ["LEMNOS_THREADS": ""])
    #expect(usual.code == 0 && usual.output.contains("CPU ("))
  }

  @Test("of threads that make no sense are refused", arguments: ["many", "0", "-1", "2.5", "1025"])
  func nonsense(count: String) throws {
    for line in ["train \(TinyImages.options) --epochs 1 --out a", "devices"] {
      try folder.expectRefusal(
        line, code: 69, words: ["LEMNOS_THREADS is '\(count)', but has to be a number from 1 to 1024"],
        environment: ["LEMNOS_THREADS": count])
    }
  }
}
