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

  @Test("takes the bundled images by itself")
  func bundled() throws {
    let lines = try TemporaryFolder().succeed("summary vgg11").lines
    #expect(lines.contains { $0.contains(/^features\.0 +Convolution2D +\[N, 64, 28, 28\] +576 +[\d,]+$/) })
  }
}
