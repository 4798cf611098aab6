import Checkpoints
import TestSupport
import Testing

@Suite("A run that diverges")
struct DivergenceTests {
  @Test("says at which step, and saves no checkpoint")
  func atOnce() throws {
    let folder = try TemporaryFolder()
    let result = try folder.lemnos("train --backend cpu --hidden 16 --learning-rate 1e6 --out a")
    #expect(result.code == 3)
    #expect(
      result.errors.contains(/lemnos: the loss became (NaN|infinite) at step \d+; try .*nothing was saved\n/))
    #expect(!(try folder.names(in: "a")).contains { $0.hasSuffix(".safetensors") })
    #expect(
      try String(decoding: folder.read("a/metrics.jsonl"), as: UTF8.self).contains("\"event\":\"failure\""))
  }

  @Test("keeps the last good checkpoint", arguments: ["--json", "--print-every 1"])
  func afterAnEpoch(display: String) throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    // The rate of the second epoch is 10³⁰ times that of the first.
    let result = try folder.lemnos(
      "train \(TinyImages.options) --epochs 3 --lr-decay 1e30 --out a \(display)")
    #expect(result.code == 3)
    #expect(result.errors.contains(/at step 1\d; .*; a\/last\.safetensors holds the run up to epoch 1\n/))
    try folder.succeed("train \(TinyImages.options) --epochs 1 --lr-decay 1e30 --out good")
    let kept = try folder.checkpoint("a/last.safetensors").tensors
    #expect(try folder.checkpoint("good/last.safetensors").tensors == kept)
    try folder.succeed("evaluate --checkpoint a/last.safetensors")
    try folder.succeed("train --resume a/last.safetensors --epochs 1")
  }
}
