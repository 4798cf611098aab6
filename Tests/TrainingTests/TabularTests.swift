import Devices
import Checkpoints
import Datasets
import Layers
import Models
import Optimizers
import Execution
import Programs
import Sessions
import Tensors
import TestSupport
import Testing

@testable import Training

private let backends: [BackendChoice] = VulkanUnderTest.missing == nil ? [.cpu, .vulkan()] : [.cpu]

@Suite("A table of numbers and categories", .serialized)
struct TabularTests {
  /// Prices of some hundred thousand, by size and town, with some sizes missing.
  private static func houses(_ folder: TemporaryFolder) throws -> TableSource {
    let towns = ["Oslo", "Rome", "Lima"]
    let rows = (0..<300).map { row -> String in
      let (size, town) = (40 + row * 37 % 100, row * 7 % 3)
      let price = 2000 * size + 100_000 * town
      return "\(price),\(row % 29 == 0 ? "" : "\(size)"),\(towns[town])"
    }
    let text = "price,size,town\n" + rows.joined(separator: "\n")
    return try TableSource(DataTable(file: folder.write(text.utf8, as: "houses.csv")), target: ["price"])
  }

  @Test("is learned in the units of its target, standardized, saved and gone on with", arguments: backends)
  func regression(_ backend: BackendChoice) throws {
    let source = try Self.houses(TemporaryFolder())
    let net = TabularNet(
      hidden: [32], outputs: 1, categories: source.schema.categories.map { $0.values.count + 1 })
    var settings = TrainingSettings()
    settings.batchSize = 20
    func trainer() throws -> Trainer {
      let standardization = try Standardization(of: source, fields: ["numbers"], measuring: ["target"])
      let objective = Regression(target: "target", scaling: standardization["target"]) { batch, pass in
        net(numbers: batch["numbers"], categories: batch["categories"], in: pass)
      }
      return try Trainer(
        objective, training: source, preparation: standardization, optimizer: Adam(learningRate: 0.01),
        backend: backend, settings: settings, seed: 3)
    }
    let whole = try trainer()
    let history = try whole.run(epochs: 30)
    let measured = try #require(history.epochs.last?.validation)
    // Prices are up to 480,000; without the size they cannot be predicted.
    #expect(measured.value(of: "r2") > 0.9, "\(measured)")
    #expect((500...60_000).contains(measured.value(of: "mae")), "\(measured)")
    #expect(measured.loss < 0.3, "the loss is of standardized targets")
    let (first, second) = (try trainer(), try trainer())
    try first.run(epochs: 3)
    let checkpoint = try first.checkpoint()
    #expect(checkpoint.tensors["numbers.mean"]?.shape == [1] && checkpoint.tensors["target.scale"] != nil)
    try second.resume(from: checkpoint, path: "first")
    try second.run(epochs: 30)
    #expect(try second.checkpoint() == whole.checkpoint())
  }

  @Test("is standardized by what is there, and missing numbers are the mean")
  func standardization() throws {
    let x: [Float] = [1, 5, 3, 5, .nan, 5, 8, 5]
    let source = try ArraySource(["numbers": TensorValues(x, shape: [4, 2])])
    let standardization = try Standardization(of: source, fields: ["numbers"])
    let batch = standardization(
      Batch(size: 4, ["numbers": Tensor(x, shape: [4, 2])]), mode: .evaluation, random: nil)
    let values = try batch["numbers"].values().doubles
    // For 1, 3 and 8: mean 4, variance 26 / 3.
    let deviation = (26.0 / 3).squareRoot()
    let expected = [-3 / deviation, 0, -1 / deviation, 0, 0, 0, 4 / deviation, 0]
    #expect(zip(values, expected).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(throws: TrainingError.self) { try Standardization(of: source, fields: ["none"]) }
  }
}
