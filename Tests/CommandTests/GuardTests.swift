import Checkpoints
import TestSupport
import Testing

@Suite("Short runs")
struct GuardTests {
  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    return folder
  }

  @Test("--fast-dev-run does two steps of everything")
  func fast() throws {
    let folder = try folder()
    let result = try folder.succeed(
      "train \(TinyImages.options) --fast-dev-run --json --print-every 1 --out a")
    #expect(result.lines.filter { $0.contains("\"event\":\"step\"") }.count == 2)
    #expect(try #require(result.lines.last).contains("\"testExamples\":8"))
    #expect(try folder.names(in: "a").contains("last.safetensors"))
  }

  @Test("--overfit-batches learns some batches by heart")
  func overfit() throws {
    let folder = try folder()
    let result = try folder.succeed(
      "train --backend cpu --overfit-batches 2 --hidden 50 --reg 0 --epochs 40 --out a")
    #expect(result.lines.contains { $0.hasPrefix("epoch 40 ") && $0.contains("train accuracy 1.0000") })
    #expect(!result.output.contains("validation accuracy"))
    try folder.expectRefusal("train --overfit-batches 0", code: 64, words: ["at least 1"])
  }

  @Test("--patience stops when nothing gets better, also when the run goes on from a checkpoint")
  func patience() throws {
    let folder = try folder()
    // A learning rate too small to change anything: the first epoch stays the best.
    let line = "train \(TinyImages.options) --learning-rate 1e-30 --reg 0 --epochs 50 --patience 3"
    let result = try folder.succeed(line + " --out a")
    #expect(result.lines.filter { $0.hasPrefix("epoch ") }.count == 4)
    #expect(
      try folder.succeed("train --resume a --backend cpu").lines.filter { $0.hasPrefix("epoch ") }.isEmpty)
    try folder.expectRefusal(line + " --patience 0", code: 64, words: ["the patience is 0 epochs"])
  }

  @Test("--from begins with another run's parameters, and --freeze leaves some as they are")
  func fineTuning() throws {
    let folder = try folder()
    try folder.succeed("train \(TinyImages.options) --epochs 3 --out a")
    try folder.succeed(
      "train \(TinyImages.options) --epochs 1 --from a/best.safetensors --freeze 0.* --out b")
    let (before, after) = (
      try folder.checkpoint("a/best.safetensors"), try folder.checkpoint("b/last.safetensors")
    )
    for name in ["0.weight", "0.bias"] { #expect(after.tensors[name] == before.tensors[name], "\(name)") }
    #expect(after.tensors["2.weight"] != before.tensors["2.weight"])
    let wider = try folder.lemnos(
      "train \(TinyImages.options) --hidden 9 --epochs 1 --from a/best.safetensors --out c")
    #expect(wider.code == 0)
    #expect(wider.errors == "lemnos: a/best.safetensors has no fitting 0.weight, 0.bias, 2.weight: new\n")
    try folder.expectRefusal(
      "train \(TinyImages.options) --freeze stage9.*", code: 64, words: ["nothing is called 'stage9.*'"])
    try folder.expectRefusal(
      "train \(TinyImages.options) --freeze *", code: 64, words: ["nothing is left to learn"])
  }
}
