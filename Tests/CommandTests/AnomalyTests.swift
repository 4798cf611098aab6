import Checkpoints
import TestSupport
import Testing

@Suite("lemnos train --detect-anomaly")
struct AnomalyTests {
  private static let backends = ["cpu"] + (VulkanUnderTest.missing == nil ? ["vulkan"] : [])

  @Test(
    "stops at the operation that made an infinity, and keeps the last good checkpoint", arguments: backends)
  func stops(backend: String) throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let line = "train \(TinyImages.options) --epochs 3 --lr-decay 1e30 --out a --detect-anomaly --quiet"
    let result = try folder.lemnos(line.replacing("--backend cpu", with: "--backend \(backend)"))
    #expect(result.code == 3 && result.output == "")
    #expect(
      result.errors.contains(
        /^lemnos: in step 1\d \(epoch 2\) \w+(\(.*\))? gives (NaN|-?infinity): element \[[\d, ]*\] of float32\[[\d, ]*\], .*\n$/
      ),
      "\(result.errors)")
    #expect(result.errors.hasSuffix("; a/last.safetensors holds the run up to epoch 1\n"))
  }

  @Test("is the run that it is without, and can come in when a run goes on", arguments: backends)
  func healthy(backend: String) throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let options = TinyImages.options.replacing("--backend cpu", with: "--backend \(backend)")
    try folder.succeed("train \(options) --epochs 2 --out plain --quiet")
    try folder.succeed("train \(options) --epochs 2 --out watched --quiet --detect-anomaly")
    try folder.succeed("train \(options) --epochs 1 --out later --quiet")
    try folder.succeed("train --backend \(backend) --resume later --epochs 2 --quiet --detect-anomaly")
    let plain = try folder.checkpoint("plain/last.safetensors").tensors
    #expect(try folder.checkpoint("watched/last.safetensors").tensors == plain)
    #expect(try folder.checkpoint("later/last.safetensors").tensors == plain)
  }
}
