import Checkpoints
import Tensors
import TestSupport
import Testing

@Suite("The normalization of pixels of a run that begins with another one's parameters")
struct PixelNormalizationTests {
  /// A run on images, and a second set of darker images.
  private func trained(_ options: String = "") throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    var dark = TinyImages()
    for file in [TinyImages.trainingImages, TinyImages.testImages] {
      let bytes = dark.files[file] ?? []
      dark.files[file] = Array(bytes.prefix(16)) + bytes.dropFirst(16).map { $0 / 4 }
    }
    try dark.write(to: folder, as: "dark")
    try TinyImages(side: 6).write(to: folder, as: "larger")
    try folder.succeed("train \(TinyImages.options) --epochs 1 --out a\(options)")
    return folder
  }

  private func pixels(_ name: String, in folder: TemporaryFolder) throws -> [String: TensorValues] {
    try folder.checkpoint(name).tensors.filter { $0.key.hasPrefix("pixels.") }
  }

  private let line = "train --backend cpu --data dark --hidden 8 --batch-size 4 --epochs 1 --from"

  @Test(
    "is that of the checkpoint, in whichever form", arguments: ["standardized", "per-channel", "mean"])
  func kept(form: String) throws {
    let folder = try trained(" --normalize \(form) --learning-rate 1e-5")
    let result = try folder.succeed("\(line) a/best.safetensors --learning-rate 1e-5 --out b")
    #expect(result.lines.contains("Pixels: \(form), by the numbers in a/best.safetensors."))
    let numbers = try pixels("a/best.safetensors", in: folder)
    #expect(numbers.count == 2)
    #expect(try pixels("b/last.safetensors", in: folder) == numbers)
    #expect(try pixels("b/best.safetensors", in: folder) == numbers)
    // The normalization is kept when the run resumes, and in another run started from it.
    try folder.succeed("train --backend cpu --resume b --epochs 2")
    #expect(try pixels("b/last.safetensors", in: folder) == numbers)
    try folder.succeed("train --backend cpu --config b/config.yaml --out c")
    #expect(try pixels("c/last.safetensors", in: folder) == numbers)
    let json = try folder.succeed("\(line) a/best.safetensors --learning-rate 1e-5 --out d --json").output
    #expect(json.contains("\"normalization\":\"\(form), by the numbers in a"))
  }

  @Test("is measured on the new images if another form is asked for, or the same")
  func asked() throws {
    let folder = try trained()
    for form in ["standardized", "per-channel"] {
      let result = try folder.succeed(
        "\(line) a/best.safetensors --normalize \(form) --out \(form)")
      #expect(result.lines.contains("Pixels: \(form), by the images of this run."))
      #expect(
        try pixels("\(form)/last.safetensors", in: folder) != pixels("a/best.safetensors", in: folder))
    }
    // A run from scratch has no such line.
    #expect(
      try !folder.succeed("train \(TinyImages.options) --epochs 1 --out own").output.contains("Pixels:"))
  }

  @Test("is that of an import, by --mean and --std")
  func imported() throws {
    let folder = try trained()
    try folder.succeed("export a/best.safetensors --to pytorch --out net.safetensors")
    try folder.succeed(
      "import net.safetensors --model two-layer-net --hidden 8 --data images --mean 0.5 --std 0.25 --out i.safetensors"
    )
    let result = try folder.succeed("\(line) i.safetensors --out b")
    #expect(result.lines.contains("Pixels: per-channel, by the numbers in i.safetensors."))
    let numbers = try pixels("b/last.safetensors", in: folder)
    #expect(numbers["pixels.mean"]?.doubles == [127.5])
    #expect(numbers["pixels.scale"]?.doubles == [Double(Float(1 / 63.75))])
  }

  @Test("has the means of channels in place of a mean image of another size")
  func size() throws {
    let folder = try TemporaryFolder()
    try TinyImages(side: 8).write(to: folder)
    try TinyImages(side: 12).write(to: folder, as: "larger")
    let options =
      "--backend cpu --model resnet20 --batch-size 4 --train-samples 8 --accuracy-samples 8 --epochs 1"
    try folder.succeed("train --data images \(options) --out a")
    let result = try folder.succeed("train --data larger \(options) --from a/best.safetensors --out b")
    #expect(result.output.contains("Pixels: per-channel, by the means of the channels in a/best.safetensors"))
    let (before, after) = try (
      pixels("a/best.safetensors", in: folder), pixels("b/last.safetensors", in: folder)
    )
    let image = try #require(before["pixels.mean"]).doubles
    #expect(image.count == 64)
    let mean = try #require(after["pixels.mean"]).doubles
    #expect(mean.count == 1 && abs(mean[0] - image.reduce(0, +) / 64) < 1e-4)
    #expect(after["pixels.scale"]?.doubles == before["pixels.scale"]?.doubles)
    try folder.succeed("evaluate --backend cpu --checkpoint b/best.safetensors")
  }

  @Test("and all else come from no file that is of no run")
  func refusals() throws {
    let folder = try trained()
    try folder.succeed("export a/best.safetensors --to pytorch --out net.safetensors")
    try folder.expectRefusal(
      "\(line) net.safetensors", code: 65, words: ["net.safetensors", "not of a run", "'lemnos import'"])
    try folder.expectRefusal("\(line) none.safetensors", code: 66, words: ["none.safetensors"])
  }
}
