import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("lemnos evaluate")
struct EvaluateTests {
  private struct Measured: Decodable {
    let split: String
    let accuracy: Double
    let loss: Double
    let images: Int
  }

  private struct End: Decodable {
    let test: [String: Double]
  }

  @Test("measures what the run did, to the last bit")
  func sameAsTheRun() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let line = "train \(TinyImages.options) --epochs 4 --learning-rate 0.05"
    let printed = try folder.succeed(line + " --out a").output
    let accuracy = try #require(printed.firstMatch(of: /Test accuracy (0\.\d{4})/)?.output.1)
    let evaluated = try folder.succeed("evaluate --checkpoint a/best.safetensors").output
    #expect(evaluated.contains("Test accuracy \(accuracy), loss "))

    let decoder = JSONDecoder()
    let last = try #require(try folder.succeed(line + " --json --out b").lines.last)
    let end = try decoder.decode(End.self, from: Data(last.utf8))
    let measured = try folder.succeed("evaluate --checkpoint b/best.safetensors --json").lines.map {
      try decoder.decode(Measured.self, from: Data($0.utf8))
    }
    #expect(measured.map(\.split) == ["validation", "test"])
    #expect(measured.map(\.images) == [4, 20])
    #expect(measured.last?.accuracy == end.test["accuracy"])
    #expect(measured.last?.loss == end.test["loss"])
  }

  @Test("measures the metrics of the run beside the accuracy")
  func metrics() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let trained = try folder.succeed(
      "train \(TinyImages.options) --epochs 1 --metrics perplexity,recall --out a")
    #expect(trained.output.contains("validation perplexity "))
    let evaluated = try folder.succeed("evaluate --checkpoint a/best.safetensors").output
    #expect(evaluated.contains(/Test accuracy 0\.\d+, loss \S+, perplexity \S+, recall \S+, on 20 images\./))
  }

  @Test("takes last.safetensors, and images that lie elsewhere")
  func others() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    try folder.succeed("train \(TinyImages.options) --epochs 1 --out a")
    let before = try folder.contents()
    let result = try folder.succeed("evaluate --checkpoint a/last.safetensors --data images/")
    #expect(result.output.contains("on 20 images."))
    #expect(try folder.contents() == before)
  }

  @Test("measures on a set that is too small to train on")
  func smallSet() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    try TinyImages(training: 3, test: 2).write(to: folder, as: "few")
    try folder.succeed("train \(TinyImages.options) --train-samples 20 --epochs 1 --out a")
    let result = try folder.succeed("evaluate --checkpoint a/best.safetensors --data few")
    #expect(result.output.contains("on 2 images."))
  }

  @Test("does without a validation set where rounding leaves none")
  func noValidation() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    try folder.succeed("train \(TinyImages.options) --epochs 1 --validation 0.001 --out a")
    let result = try folder.succeed("evaluate --checkpoint a/best.safetensors --json")
    #expect(result.lines.count == 1)
  }

  @Test("fails where the loss is no finite number")
  func overflow() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    try folder.succeed("train \(TinyImages.options) --epochs 1 --out a")
    var checkpoint = try folder.checkpoint("a/best.safetensors")
    // Finite parameters with infinite scores.
    for name in ["0.weight", "2.weight"] {
      let values = try #require(checkpoint.tensors[name])
      checkpoint.tensors[name] = .init(
        [Float](repeating: 1e30, count: values.shape.count), shape: values.shape)
    }
    try checkpoint.write(to: folder.path(of: "huge.safetensors"))
    for json in ["", " --json"] {
      try folder.expectRefusal(
        "evaluate --backend cpu --checkpoint huge.safetensors\(json)", code: 65,
        words: ["huge.safetensors", "a loss of NaN", "no finite numbers"])
    }
  }

  @Test("fits pictures to a network of other images, in grey if it takes grey")
  func pictures() throws {
    let folder = try TemporaryFolder()
    try TinyImages(side: 7).write(to: folder)
    try folder.succeed("train \(TinyImages.options) --epochs 1 --out a")
    try writePictures(to: folder, classes: ["3": "red", "7": "blue"])
    let printed = try folder.succeed("evaluate --backend cpu --checkpoint a/best.safetensors --data pictures")
    #expect(printed.output.contains("on 48 images."))
    #expect(printed.lines.contains { $0.hasPrefix("7 7 ") && $0.contains(" 24 ") })
  }
}
