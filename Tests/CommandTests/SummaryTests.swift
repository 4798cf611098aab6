import Foundation
import TestSupport
import Testing

@Suite("lemnos summary")
struct SummaryTests {
  private struct Summary: Decodable {
    struct Layer: Decodable {
      let path: String
      let kind: String
      let output: [Int]
      let parameters: Int
      let flops: Int
    }
    struct Memory: Decodable {
      let parameters: Int
      let statistics: Int
      let optimizer: Int
      let step: Int
    }
    let input: [Int]
    let batchSize: Int
    let layers: [Layer]
    let parameters: Int
    let flops: Int
    let memory: Memory
  }

  @Test("is a table whose columns add up")
  func table() throws {
    let folder = try TemporaryFolder()
    let lines = try folder.succeed("summary resnet18 --input 3x224x224 --classes 1000").lines
    #expect(lines.first?.split(separator: " ") == ["layer", "kind", "output", "parameters", "flops"])
    #expect(
      lines.contains { $0.contains(/^conv1 +Convolution2D +\[N, 64, 112, 112\] +9,408 +236,027,904$/) })
    #expect(lines.contains { $0.contains(/^total +11,689,512 +3,6\d\d,\d{3},\d{3}$/) })
    #expect(lines.last?.contains("batches of 50: 46.76 MB of parameters") == true)
    #expect(Set(lines.dropLast().map(\.count)).count == 1)
  }

  @Test("is one JSON object for programs")
  func json() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let line = "summary two-layer-net --hidden 8 --data images --batch-size 4 --optimizer adam --json"
    let lines = try folder.succeed(line).lines
    #expect(lines.count == 1)
    let found = try JSONDecoder().decode(Summary.self, from: Foundation.Data(lines[0].utf8))
    #expect(found.input == [1, 4, 4] && found.batchSize == 4)
    #expect(found.layers.map(\.path) == ["", "0", "1", "2"])
    #expect(found.layers.map(\.kind) == ["TwoLayerNet", "Dense", "ReLU", "Dense"])
    #expect(found.layers.map(\.output) == [[10], [8], [8], [10]])
    #expect(found.layers.map(\.parameters) == [0, 136, 0, 90])
    #expect(found.layers.map(\.flops) == [0, 264, 8, 170])
    #expect(found.parameters == 226 && found.flops == 442)
    #expect(found.memory.parameters == 904 && found.memory.optimizer == 1808)
    #expect(found.memory.statistics == 0 && found.memory.step > 0)
  }

  @Test("is of networks that take tokens, too")
  func tokens() throws {
    let folder = try TemporaryFolder()
    let gpt = try folder.succeed(
      "summary gpt --blocks 2 --heads 2 --channels 16 --context 8 --vocabulary 50 --batch-size 3"
    ).lines
    // (V + T) D + 2 (12 D² + 13 D) + 2 D.
    #expect(gpt.contains { $0.contains(/^total +7,520 +[\d,]+$/) })
    #expect(gpt.contains { $0.contains(/^block1.mlp1 +Dense +\[N, 8, 64\] +1,088 +[\d,]+$/) })
    #expect(gpt.last?.contains("batches of 3: 0.03 MB of parameters") == true)
    let bert = try folder.succeed(
      "summary bert --blocks 1 --heads 2 --channels 16 --context 8 --vocabulary 50 --classes 3 --json"
    ).lines
    let found = try JSONDecoder().decode(Summary.self, from: Foundation.Data(bert[0].utf8))
    #expect(found.input == [8] && found.layers[0].kind == "BERT" && found.layers[0].output == [3])
    // (V + T + 2) D + 2 D of the embedding, a block of 12 D² + 13 D, D² + D before the 3 D + 3 of the head.
    #expect(found.parameters == 60 * 16 + 32 + 12 * 256 + 13 * 16 + 272 + 51)
    try folder.expectRefusal(
      "summary gpt --data images", code: 64, words: ["--data and --input are for images"])
    try folder.expectRefusal("summary vgg11 --vocabulary 9", code: 64, words: ["a vgg11 takes no tokens"])
    try folder.expectRefusal("summary gpt --heads 3", code: 64, words: ["heads have to divide channels"])
  }

  @Test("takes the bundled images by itself")
  func bundled() throws {
    let lines = try TemporaryFolder().succeed("summary vgg11").lines
    #expect(lines.contains { $0.contains(/^features\.0 +Convolution2D +\[N, 64, 28, 28\] +576 +[\d,]+$/) })
  }
}
