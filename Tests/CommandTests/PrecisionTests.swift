import Checkpoints
import Tensors
import TestSupport
import Testing

@Suite("lemnos train --precision")
struct PrecisionTests {
  @Test("says how it computes, and what loss scaling came to", arguments: ["tf32", "bf16", "fp16"])
  func lines(precision: String) throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let result = try folder.succeed("train \(TinyImages.options) --epochs 2 --precision \(precision) --out a")
    #expect(result.lines[2].hasPrefix("Precision: \(precision), on ordinary arithmetic: operands"))
    #expect(
      result.output.contains("Skipped 0 steps whose gradients overflowed; the loss scale is now 65,536.\n")
        == (precision == "fp16"))
    let checkpoint = try folder.checkpoint("a/last.safetensors")
    #expect(checkpoint.tensors["0.weight"]?.dtype == .float32)
    #expect((checkpoint.tensors["lossScale"] != nil) == (precision == "fp16"))

    // With the same seed, another precision gives a different run.
    try folder.succeed("train \(TinyImages.options) --epochs 2 --out b")
    #expect(
      try folder.checkpoint("b/last.safetensors").tensors["0.weight"] != checkpoint.tensors["0.weight"])
  }

  @Test("float32 is what a run without it does")
  func float32() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let result = try folder.succeed("train \(TinyImages.options) --epochs 1 --precision float32 --out a")
    try folder.succeed("train \(TinyImages.options) --epochs 1 --out b")
    #expect(!result.output.contains("Precision") && !result.output.contains("loss scale"))
    #expect(
      try folder.checkpoint("a/last.safetensors").tensors == folder.checkpoint("b/last.safetensors").tensors)
  }

  @Test("is the run's own when it goes on, and cannot change then")
  func resume() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let line = "train \(TinyImages.options) --precision fp16 --optimizer adam --learning-rate 0.001"
    try folder.succeed("\(line) --epochs 2 --out whole")
    try folder.succeed("\(line) --epochs 1 --out halves")
    try folder.expectRefusal(
      "train --resume halves/last.safetensors --precision bf16", code: 64,
      words: ["--precision cannot change when a run goes on", "begin a new run"])
    try folder.succeed("train --resume halves/last.safetensors --epochs 2 --backend cpu")
    #expect(try folder.read("whole/last.safetensors") == folder.read("halves/last.safetensors"))
  }

  @Test("is the run's own when it is evaluated, unless another is asked for")
  func evaluate() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    try folder.succeed("train \(TinyImages.options) --epochs 1 --precision bf16 --out a")
    func lines(_ options: String) throws -> [String] {
      try folder.succeed("evaluate --checkpoint a/best.safetensors --backend cpu\(options)").lines.map {
        String($0)
      }
    }
    let own = try lines("")
    #expect(own[1].hasPrefix("Precision: bf16, "))
    #expect(try lines(" --precision bf16") == own)
    let exact = try lines(" --precision float32")
    #expect(exact.count == own.count - 1 && !exact[1].contains("Precision"))
    // The losses of the same weights differ only in their last digits.
    let losses = try ["", " --precision float32"].map { options in
      try folder.succeed("evaluate --checkpoint a/best.safetensors --backend cpu --json\(options)").output
    }
    #expect(losses[0] != losses[1])
  }

  @Test("is in the JSON of a run")
  func json() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let lines = try folder.succeed("train \(TinyImages.options) --epochs 1 --precision fp16 --json --out a")
      .lines
    #expect(lines.first?.contains("\"precision\":\"fp16\"") == true)
    #expect(lines.first?.contains("on ordinary arithmetic") == true)
    #expect(lines.last?.contains("\"lossScale\":65536") == true)
    #expect(lines.last?.contains("\"skippedSteps\":0") == true)
  }

  @Test("gives the same bits each time on Vulkan", .enabled(if: VulkanUnderTest.missing == nil))
  func vulkan() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    for out in ["a", "b"] {
      try folder.succeed(
        "train --backend vulkan --data images --hidden 8 --batch-size 4 --epochs 2 --precision fp16 --out \(out)"
      )
    }
    #expect(try folder.read("a/last.safetensors") == folder.read("b/last.safetensors"))
  }
}
