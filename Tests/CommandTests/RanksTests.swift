import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

private let hasLauncher = ["/usr/bin/mpirun", "/usr/local/bin/mpirun"].contains {
  FileManager.default.isExecutableFile(atPath: $0)
}

/// Runs of several ranks, which need an mpirun.
@Suite("Ranks of a run", .serialized, .enabled(if: hasLauncher, "there is no mpirun"))
struct RanksTests {
  private static let backends =
    ["--backend cpu"] + (VulkanUnderTest.missing == nil ? ["--backend vulkan --device 0"] : [])

  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try TinyImages(training: 96).write(to: folder)
    return folder
  }

  private func expectSame(_ folder: TemporaryFolder, _ a: String, _ b: String) throws {
    for file in ["last.safetensors", "best.safetensors"] {
      #expect(try folder.read("\(a)/\(file)") == folder.read("\(b)/\(file)"), "\(b)/\(file)")
    }
  }

  /// Batch statistics, random numbers, clipping, averages and scaled losses are what ranks could disagree in.
  private static let line =
    "train --data images --model fully-connected-net --hidden 12 --normalization batch --dropout 0.2 --optimizer adam "
    + "--clip-norm 1 --ema 0.9 --batch-size 24 --micro-batches 4 --quiet"

  @Test("of any number have the bits of one", arguments: backends)
  func bits(backend: String) throws {
    let folder = try folder()
    try folder.succeed("\(Self.line) \(backend) --epochs 2 --out one")
    for count in backend.contains("cpu") ? [1, 2, 3, 4] : [2] {
      try folder.succeed("launch -n \(count) \(Self.line) \(backend) --epochs 2 --out of-\(count)")
      try expectSame(folder, "one", "of-\(count)")
    }
  }

  @Test("share the optimizer's state out, with the same numbers", arguments: backends)
  func sharded(backend: String) throws {
    let folder = try folder()
    let tensors = { (name: String) in
      try Checkpoint(contentsOf: folder.path(of: "\(name)/last.safetensors")).tensors
    }
    try folder.succeed("\(Self.line) \(backend) --epochs 3 --out one")
    for count in backend.contains("cpu") ? [2, 3] : [2] {
      // Saved in mid-epoch too.
      let line = "\(Self.line) \(backend) --shard-optimizer --save-every 0.00001 --print-every 1"
      try folder.succeed("launch -n \(count) \(line) --epochs 2 --out of-\(count)")
      #expect(try folder.names(in: "of-\(count)").contains("last-2.safetensors"))
      // Another number of ranks, or none, takes it up.
      let next = count == 2 ? "launch -n 4 train" : "train"
      try folder.succeed("\(next) --resume of-\(count) --epochs 3 --quiet \(backend)")
      #expect(try tensors("one") == tensors("of-\(count)"), "\(count) ranks")
    }
  }

  @Test("add gradients of 16 bits with the bits of one process, near those of 32")
  func rounded() throws {
    let folder = try folder()
    let line =
      "train --data images --model fully-connected-net --hidden 300,300 --batch-size 24 --micro-batches 4 --quiet --backend cpu"
    try folder.succeed("\(line) --epochs 2 --out float32")
    try folder.succeed("\(line) --gradient-precision bf16 --epochs 2 --out one")
    for count in [2, 3] {
      try folder.succeed("launch -n \(count) \(line) --gradient-precision bf16 --epochs 2 --out of-\(count)")
      try expectSame(folder, "one", "of-\(count)")
    }
    let (exact, rounded) = try (
      Checkpoint(contentsOf: folder.path(of: "float32/last.safetensors")),
      Checkpoint(contentsOf: folder.path(of: "one/last.safetensors"))
    )
    let name = try #require(
      exact.tensors.keys.first { $0.hasSuffix("weight") && exact.tensors[$0]?.shape.count ?? 0 > 1 << 16 })
    let (a, b) = try (#require(exact.tensors[name]).doubles, #require(rounded.tensors[name]).doubles)
    #expect(a != b)
    for (a, b) in zip(a, b) { #expect(abs(a - b) < 1e-3) }
  }

  @Test("normalize by the statistics of the whole batch if asked to", arguments: backends)
  func synchronized(backend: String) throws {
    let folder = try folder()
    let line =
      "train --data images --model fully-connected-net --hidden 12,9 --normalization batch --optimizer momentum "
      + "--learning-rate 0.05 --batch-size 24 --epochs 3 --quiet \(backend)"
    try folder.succeed("\(line) --out one")
    let one = try Checkpoint(contentsOf: folder.path(of: "one/last.safetensors")).tensors
    func difference(_ name: String) throws -> Double {
      let other = try Checkpoint(contentsOf: folder.path(of: "\(name)/last.safetensors")).tensors
      // Micro-batches are counted, so the counter is another.
      return try one.filter { $0.key != "step" }.map { name, values in
        zip(values.doubles, try #require(other[name]).doubles).map { abs($0 - $1) / (1 + abs($0)) }.max() ?? 0
      }.max() ?? 0
    }
    for count in backend.contains("cpu") ? [2, 3] : [2] {
      try folder.succeed("launch -n \(count) \(line) --sync-batch-norm --out of-\(count)")
      // Twelve steps of float32 sums in another order; statistics of half a batch differ by a hundred times that.
      #expect(try difference("of-\(count)") < 1e-4)
    }
    try folder.succeed("launch -n 2 \(line) --out apart")
    #expect(try difference("apart") > 1e-2)
    for (words, code, text) in [
      ("--micro-batches 3", 64, "2 ranks share statistics of 3 micro-batches"),
      ("--detect-anomaly", 64, "cannot be searched for anomalies"),
    ] as [(String, Int32, String)] {
      let result = try folder.lemnos("launch -n 2 \(line) --sync-batch-norm \(words) --out none")
      #expect(result.code == code && result.errors.contains(text), "\(result.code): \(result.errors)")
    }
  }

  @Test("go on with what other numbers of them have saved")
  func resumed() throws {
    let folder = try folder()
    let line = "\(Self.line) --backend cpu --precision fp16 --accumulate 2"
    try folder.succeed("\(line) --epochs 3 --out whole")
    try folder.succeed("launch -n 4 \(line) --epochs 1 --out parts")
    try folder.succeed("launch -n 2 train --resume parts --epochs 2 --backend cpu --quiet")
    try folder.succeed("train --resume parts --epochs 3 --backend cpu --quiet")
    // The best epoch's file says how many epochs its part of the run was to have.
    #expect(try folder.read("whole/last.safetensors") == folder.read("parts/last.safetensors"))
  }

  @Test("end together, with one sentence")
  func refusals() throws {
    let folder = try folder()
    let line = "train --data images --model two-layer-net --backend cpu --quiet --out none"
    for (words, code, text) in [
      ("-n 2 \(line) --batch-size 25", 64, "a batch of 25 has no 2 equal micro-batches"),
      ("-n 3 \(line) --batch-size 24 --micro-batches 2", 64, "3 ranks share 2 micro-batches"),
      ("-n 2 \(line) --batch-size 24 --learning-rate 1e30", 3, "the loss became"),
      ("-n 2 \(line) --frobnicate", 64, "Unknown option '--frobnicate'"),
      ("-n 2 predict x", 64, "'predict' is no command of several ranks"),
      ("-n 2 --restarts 1 train", 64, "--restarts goes on from the folder of the run"),
      ("-n 0 train", 64, "-n is 0"),
    ] as [(String, Int32, String)] {
      let result = try folder.lemnos("launch \(words)")
      #expect(result.code == code, "\(words): \(result.errors)")
      #expect(result.errors.components(separatedBy: text).count == 2, "\(words): \(result.errors)")
    }
  }

  @Test("say how long a step waits for sums, and that a machine has too few devices")
  func verbose() throws {
    let folder = try folder()
    let line = "train --data images --model two-layer-net --batch-size 24 --epochs 1"
    let lines = try folder.succeed("launch -n 2 \(line) --backend cpu --verbose --out two").lines
    let summed = lines.filter { $0.hasPrefix("Each step sums ") && $0.contains(" over 2 ranks: ") }
    #expect(summed.count == 1, "\(lines)")
    #expect(
      try !folder.succeed("\(line) --backend cpu --verbose --out one").output.contains("Each step sums "))
    guard VulkanUnderTest.missing == nil else { return }
    let result = try folder.lemnos("launch -n 8 \(line) --device local --out none")
    #expect(result.code == 69)
    #expect(
      result.errors.components(separatedBy: "a device for each rank, but there are 8 ranks on").count == 2)
    try folder.succeed("\(line) --device local --quiet --out local")
  }

  @Test("are measured by the doctor, which prints once")
  func doctor() throws {
    let folder = try TemporaryFolder()
    let lines = try folder.succeed("launch -n 3 doctor --mpi").lines
    #expect(lines.count == 4 && lines[0].contains(", 3 ranks on 1 host"), "\(lines)")
    #expect(lines[2].contains("rank 0 to rank 2") && lines[2].hasSuffix(" MB/s"), "\(lines)")
    #expect(try folder.succeed("doctor --mpi").output.contains("mpirun"))
  }

  @Test("stop after the same step when they are interrupted, and go on with the same bits")
  func interrupted() throws {
    let folder = try folder()
    let line =
      "train --data images --model three-layer-convnet --hidden 20 --batch-size 4 --micro-batches 2 --backend cpu"
    try folder.succeed("\(line) --epochs 40 --out whole --quiet")
    let command = try Command("launch -n 2 \(line) --epochs 40 --out parts --json", in: folder)
    try command.interrupt(after: "\"step\"")
    let result = try command.result()
    // It may have been done already.
    if result.code != 0 {
      #expect(result.code == 130, "\(result.errors)")
      #expect(result.errors.components(separatedBy: "stopped after step").count == 2, "\(result.errors)")
    }
    try folder.succeed("launch -n 2 train --resume parts --epochs 40 --backend cpu --quiet")
    try expectSame(folder, "whole", "parts")
  }
}
