import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("lemnos bench")
struct BenchTests {
  /// The backends available on this machine.
  private static let backends = VulkanUnderTest.missing == nil ? ["cpu", "vulkan"] : ["cpu"]

  private struct StepTime: Decodable {
    struct Time: Decodable {
      let milliseconds: Double
      let fastestMilliseconds: Double
      let spread: Double
      let steps: Int
      let examplesPerSecond: Double
      let gflopsPerSecond: Double
      let gigabytesPerSecond: Double
      let shareOfPeakFlops: Double
      let shareOfPeakBandwidth: Double
    }
    let workload: String
    let batchSize: Int
    let backend: String
    let flops: Int
    let bytes: Int
    let peakMemoryBytes: Int?
    let time: Time?
  }

  private struct Loss: Decodable {
    let workload: String
    let batchSize: Int
    let step: Int
    let loss: Double
  }

  private struct OperationTime: Decodable {
    let operation: String
    let milliseconds: Double
    let flops: Int
    let bytes: Int
    let gflopsPerSecond: Double
    let gigabytesPerSecond: Double
  }

  private func decoded<Value: Decodable>(_ lines: some Sequence<String>, as type: Value.Type) throws
    -> [Value]
  {
    try lines.map { try JSONDecoder().decode(type, from: Data($0.utf8)) }
  }

  private func losses(_ line: String, in folder: TemporaryFolder) throws -> [Double] {
    let lines = try folder.succeed("bench steps --backend cpu --seconds 0 --json \(line)").lines
    return try decoded(lines.dropLast(), as: Loss.self).map(\.loss)
  }

  private struct Contention: Decodable {
    let busyProcesses: Int?
    let milliseconds: Double?
    let slowdown: Double?
    let ofFair: Double?
    let speeds: [Double]?
  }

  @Test("times steps beside busy processes, which have ended then, and beside another training")
  func contention() throws {
    let lines = try TemporaryFolder().succeed(
      "bench contention --workload two-layer-net --seconds 0.1 --processes 2 --json"
    ).lines
    let rows = try decoded(lines, as: Contention.self)
    #expect(rows.map(\.busyProcesses) == [0, 2, nil], "\(lines)")
    #expect(rows[0].slowdown == 1 && rows[0].ofFair == 1)
    #expect(
      rows.dropLast().allSatisfy { ($0.milliseconds ?? 0) > 0 && ($0.slowdown ?? 0) >= ($0.ofFair ?? 1) })
    #expect(rows[2].speeds?.count == 2 && rows[2].speeds?.allSatisfy { $0 > 0 } == true)
  }

  @Test("times steps of each batch size, with rates that follow from the times", arguments: backends)
  func steps(backend: String) throws {
    let lines = try TemporaryFolder().succeed(
      "bench steps --workload two-layer-net --batch-size 2,8 --backend \(backend) --seconds 0.01 --read-every 2 --json"
    ).lines
    let rows = try decoded(lines, as: StepTime.self)
    #expect(rows.map(\.workload) == ["two-layer-net", "two-layer-net"] && rows.map(\.batchSize) == [2, 8])
    for row in rows {
      let time = try #require(row.time)
      // The two matrix products of the forward pass, and their weight gradients.
      #expect(row.flops > 4 * row.batchSize * 100 * (3072 + 10))
      #expect(row.bytes > 4 * (3072 * 100 + row.batchSize * 3072))
      #expect(time.steps >= 10 && time.steps % 2 == 0 && time.spread >= 0)
      #expect(time.fastestMilliseconds > 0 && time.fastestMilliseconds <= time.milliseconds)
      let seconds = time.milliseconds * 1e-3
      for (rate, amount) in [
        (time.examplesPerSecond, Double(row.batchSize)), (time.gflopsPerSecond, Double(row.flops) * 1e-9),
        (time.gigabytesPerSecond, Double(row.bytes) * 1e-9),
      ] {
        #expect(abs(rate * seconds - amount) < 1e-9 * amount)
      }
      #expect(time.shareOfPeakFlops > 0 && time.shareOfPeakBandwidth > 0)
      #expect(row.peakMemoryBytes == nil, "it is the process's, which timed two")
    }
    #expect(rows[0].flops < rows[1].flops)
  }

  private struct Latency: Decodable {
    let network: String
    let batchSize: Int
    let milliseconds: Double
    let fastestMilliseconds: Double
    let slowMilliseconds: Double
    let calls: Int
  }

  @Test("times calls of trained networks")
  func latency() throws {
    let folder = try TemporaryFolder()
    let lines = try folder.succeed("bench latency --backend cpu --seconds 0.01 --batch-size 1,2 --json").lines
    let rows = try decoded(lines, as: Latency.self)
    #expect(rows.map(\.batchSize) == [1, 2, 1, 2] && Set(rows.map(\.network)).count == 2)
    #expect(
      rows.allSatisfy {
        $0.fastestMilliseconds > 0 && $0.fastestMilliseconds <= $0.milliseconds
          && $0.milliseconds <= $0.slowMilliseconds && $0.calls >= 5
      })
    let refused = try folder.lemnos("bench latency --batch-size 0")
    #expect(refused.errors.contains("--batch-size is '0', but has to be whole numbers from 1 to 4096."))
  }

  @Test("trains every workload")
  func workloads() throws {
    let lines = try TemporaryFolder().succeed(
      "bench steps --batch-size 2 --losses 2 --seconds 0 --backend cpu --json"
    ).lines
    let losses = try decoded(lines.filter { $0.contains("\"step\"") }, as: Loss.self)
    let ends = try decoded(lines.filter { !$0.contains("\"step\"") }, as: StepTime.self)
    #expect(
      ends.map(\.workload) == [
        "two-layer-net", "five-layer-net", "six-layer-net-normalized", "three-layer-convnet", "vgg-6",
        "resnet18", "vit", "gpt-char", "gpt-small", "lstm",
      ])
    #expect(ends.allSatisfy { $0.time == nil && $0.flops > 0 })
    #expect(losses.map(\.workload) == ends.flatMap { [$0.workload, $0.workload] })
    #expect(losses.map(\.step) == ends.flatMap { _ in [1, 2] })
    // Ten classes: chance level is log 10.
    #expect(losses.allSatisfy { $0.loss > 0 && $0.loss < 10 * log(10) })
  }

  @Test("says how much memory one workload took, and prints tables for people")
  func people() throws {
    let folder = try TemporaryFolder()
    let line = "bench steps --workload two-layer-net --batch-size 3 --backend cpu --losses 2 --seconds"
    let end = try #require(folder.succeed("\(line) 0 --json").lines.last)
    let memory = try #require(decoded([end], as: StepTime.self)[0].peakMemoryBytes)
    #expect(memory > 1 << 20)

    let lines = try folder.succeed("\(line) 0.01").lines
    #expect(lines[0].hasPrefix("Backend: CPU"))
    #expect(
      lines[1].split(separator: " ")
        == [
          "workload", "batch", "ms/step", "fastest", "spread", "examples/s", "GFLOP/s", "GB/s", "of", "peak",
        ])
    #expect(lines[2].contains(/^two-layer-net, batch of 3, losses: 2\.30\d+ 2\.30\d+$/))
    #expect(
      lines[3].contains(
        /^two-layer-net +3( +[\d.,]+){2} +\d+ %( +[\d.,]+){3} +\d+ % (flops|bytes)$/))
    #expect(lines[4].hasPrefix("The peak was measured in "))
    #expect(try folder.names() == [])
  }

  /// A net whose only path leads from the first pixel through the first hidden unit, and the bias.
  private func weights(through factor: Float) -> Checkpoint {
    func values(_ shape: Shape, _ value: (Int) -> Float) -> TensorValues {
      TensorValues((0..<shape.count).map(value), shape: shape)
    }
    return Checkpoint(tensors: [
      "0.weight": values([3072, 100]) { $0 == 0 ? factor : 0 },
      "0.bias": values([100]) { _ in 0 },
      "2.weight": values([100, 10]) { $0 < 10 ? Float($0) : 0 },
      "2.bias": values([10]) { 0.1 * Float($0) },
    ])
  }

  /// Two batches of two images, which are zero except for the first pixel.
  private func batches(_ pixels: [Float], _ labels: [Int32]) -> Checkpoint {
    var images = [Float](repeating: 0, count: 4 * 3072)
    for (number, pixel) in pixels.enumerated() { images[number * 3072] = pixel }
    return Checkpoint(tensors: [
      "images": TensorValues(images, shape: [2, 2, 3, 32, 32]),
      "labels": TensorValues(labels, shape: [2, 2]),
    ])
  }

  @Test("trains from the weights and on the batches that it is given")
  func given() throws {
    let folder = try TemporaryFolder()
    let pixels: [Float] = [0.5, -1, 2, 0.25]
    let labels: [Int32] = [3, 7, 0, 9]
    try weights(through: 0.5).write(to: folder.path(of: "w.safetensors"))
    try batches(pixels, labels).write(to: folder.path(of: "b.safetensors"))
    let line = "--workload two-layer-net --weights w.safetensors --batches b.safetensors --losses"
    let losses = try losses("\(line) 3", in: folder)

    func scores(_ image: Int, bias: [Double]) -> [Double] {
      bias.enumerated().map { $1 + Double($0) * max(0, 0.5 * Double(pixels[image])) }
    }
    func loss(_ batch: Int, bias: [Double]) -> Double {
      [2 * batch, 2 * batch + 1].map { image in
        let scores = scores(image, bias: bias)
        return log(scores.reduce(0) { $0 + exp($1) }) - scores[Int(labels[image])]
      }.reduce(0, +) / 2
    }
    let bias = (0..<10).map { 0.1 * Double($0) }
    #expect(abs(losses[0] - loss(0, bias: bias)) < 1e-5)
    // A step at a rate of 1e-3 changes the loss by the rate times the squared gradient norm, which is a few
    // units.
    #expect(abs(losses[1] - loss(1, bias: bias)) < 0.1)
    #expect(abs(losses[1] - losses[0]) > 0.5, "the second batch is another one")
    // The third step has the first batch again, after two updates.
    #expect(abs(losses[2] - losses[0]) < 0.1 && losses[2] != losses[0])
    #expect(try self.losses("\(line) 3", in: folder) == losses)

    try weights(through: 0).write(to: folder.path(of: "w.safetensors"))
    #expect(try self.losses("\(line) 1", in: folder) != [losses[0]])
  }

  @Test("refuses weights and batches that do not fit, in one sentence")
  func unfit() throws {
    let folder = try TemporaryFolder()
    func refuse(
      _ checkpoint: Checkpoint, as option: String, workload: String = "two-layer-net", _ words: String...
    )
      throws
    {
      try checkpoint.write(to: folder.path(of: "f.safetensors"))
      try folder.expectRefusal(
        "bench steps --workload \(workload) --backend cpu --seconds 0 --\(option) f.safetensors", code: 65,
        words: ["f.safetensors"] + words)
    }
    var lacking = weights(through: 1)
    lacking.tensors["2.bias"] = nil
    try refuse(lacking, as: "weights", "2.bias")
    lacking.tensors["2.bias"] = TensorValues([Float](repeating: 0, count: 9), shape: [9])
    try refuse(lacking, as: "weights", "2.bias", "[9]", "[10]")
    try refuse(weights(through: 1), as: "weights", workload: "resnet18", "another")

    let good = batches([1, 2, 3, 4], [0, 1, 2, 3])
    try refuse(batches([1, 2, 3, 4], [0, 1, 2, 10]), as: "batches", "10 among its labels", "0 to 9")
    var unlabeled = good
    unlabeled.tensors["labels"] = nil
    try refuse(unlabeled, as: "batches", "'labels'")
    unlabeled.tensors["labels"] = TensorValues([Int32(0), 1, 2, 3], shape: [4])
    try refuse(unlabeled, as: "batches", "int32[4]", "[batches, N]")
    var flat = good
    flat.tensors["images"] = TensorValues([Float](repeating: 0, count: 4 * 3072), shape: [2, 2, 3072])
    try refuse(flat, as: "batches", "[2, 2, 3072]", "[batches, N, 3, 32, 32]")
  }

  @Test("times operations whose names contain a word", arguments: backends)
  func operations(backend: String) throws {
    let line = "bench ops --filter 100×100×100 --seconds 0.01 --backend \(backend)"
    let folder = try TemporaryFolder()
    let rows = try decoded(folder.succeed("\(line) --json").lines, as: OperationTime.self)
    #expect(
      rows.map(\.operation) == [
        "matmul 100×100×100", "matmul 100×100×100, left transposed", "matmul 100×100×100, right transposed",
      ])
    for row in rows {
      #expect(row.flops == 2_000_000 && row.bytes == 3 * 40_000 && row.milliseconds > 0)
      #expect(abs(row.gflopsPerSecond * row.milliseconds * 1e6 - 2e6) < 1)
      #expect(abs(row.gigabytesPerSecond * row.milliseconds * 1e6 - 120_000) < 0.1)
    }
    let lines = try folder.succeed(line).lines
    #expect(
      lines[1].split(separator: " ") == ["operation", "ms", "fastest", "GFLOP/s", "GB/s", "of", "peak"])
    #expect(lines[2].contains(/^matmul 100×100×100( +[\d.,]+){4} +\d+ % (flops|bytes)$/))
    #expect(lines.count == 6)
  }

  // No spaces: the test splits a command line at them.
  @Test(
    "every kind of operation can be timed",
    arguments: [
      "stride", "50×100", "100×3×32×32", "512×4×4", "100×10,", "100×100", "8192×500", "64×64×16×16",
    ])
  func kinds(word: String) throws {
    let rows = try decoded(
      TemporaryFolder().succeed(
        "bench ops --filter \(word) --seconds 0.001 --backend cpu --json"
      ).lines, as: OperationTime.self)
    #expect(!rows.isEmpty)
    #expect(rows.allSatisfy { $0.milliseconds > 0 && $0.flops > 0 && $0.bytes > 0 })
    #expect(Set(rows.map(\.operation)).count == rows.count)
  }
}
