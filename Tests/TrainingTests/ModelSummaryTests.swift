import Devices
import Datasets
import Layers
import Models
import Optimizers
import Tensors
import Testing
import Training

@Suite("A summary")
struct ModelSummaryTests {
  private func summary(
    _ model: some Layers.Layer, _ image: [Int], classes: Int, optimizer: any Optimizer = SGD(learningRate: 1)
  ) throws -> ModelSummary {
    let shape = ImageShape(channels: image[0], height: image[1], width: image[2])
    return try ModelSummary(of: model, input: shape, classes: classes, batchSize: 7, optimizer: optimizer)
  }

  @Test("counts what a hand counts")
  func small() throws {
    let found = try summary(
      ThreeLayerConvNet(filters: 2, kernel: 3, hidden: 5, classes: 3), [1, 4, 4], classes: 3,
      optimizer: Adam())
    let expected: [(path: String, kind: String, output: [Int], parameters: Int, flops: Int)] = [
      ("", "ThreeLayerConvNet", [3], 0, 0),
      // 32 results of 9 products and 9 sums each, plus a bias.
      ("0", "Convolution2D", [2, 4, 4], 2 * 9 + 2, 32 * 18 + 32),
      ("1", "ReLU", [2, 4, 4], 0, 32),
      // 8 windows: 4 comparisons each, and one gather.
      ("2", "MaxPool2D", [2, 2, 2], 0, 8 * 4 + 8),
      ("3", "Dense", [5], 8 * 5 + 5, 5 * 16 + 5),
      ("4", "ReLU", [5], 0, 5),
      ("5", "Dense", [3], 5 * 3 + 3, 3 * 10 + 3),
    ]
    #expect(found.layers.map(\.path) == expected.map(\.path))
    #expect(found.layers.map(\.kind) == expected.map(\.kind))
    #expect(found.layers.map(\.output) == expected.map(\.output))
    #expect(found.layers.map(\.parameters) == expected.map(\.parameters))
    #expect(found.layers.map(\.flops) == expected.map(\.flops))
    #expect(found.parameters == 83)
    #expect(found.flops == 803)
    #expect(found.memory.parameters == 4 * 83)
    #expect(found.memory.optimizer == 2 * 4 * 83)  // Adam has two moments
    #expect(found.memory.statistics == 0)
  }

  @Test("knows ResNet-18's parameters, shapes and multiplications")
  func resNet() throws {
    let found = try summary(ResNet.resNet18(classes: 1000), [3, 224, 224], classes: 1000)
    #expect(found.parameters == 11_689_512)
    #expect(found.memory.statistics == 2 * 4 * 4800)  // of 4,800 channels
    let shapes = ["maxpool", "layer1", "layer2.0", "layer3", "layer4", "avgpool"].map { path in
      found.layers.first { $0.path == path }?.output
    }
    #expect(shapes == [[64, 56, 56], [64, 56, 56], [128, 28, 28], [256, 14, 14], [512, 7, 7], [512]])
    // 1.8 · 10⁹ multiply-adds, as in the paper's table 1; fc adds a bias.
    let multiplications = found.layers.filter { ["Convolution2D", "Dense"].contains($0.kind) }
      .reduce(-1000) { $0 + $1.flops }
    #expect(multiplications == 2 * 1_814_073_344)
    // The block's own operations are the residual sum and two ReLUs.
    #expect(found.layers.first { $0.path == "layer1.1" }?.flops == 3 * 64 * 56 * 56)
    #expect(found.layers.reduce(0) { $0 + $1.flops } == found.flops)
    #expect(found.layers.reduce(0) { $0 + $1.parameters } == found.parameters)
  }

  @Test("counts a part that runs twice once for its parameters, and twice for its arithmetic")
  func shared() throws {
    struct Twice: Layers.Layer {
      func forward(_ x: Tensor, in pass: Pass) -> Tensor {
        let layer = Dense(4)
        return layer(layer(x, in: pass, as: "same"), in: pass, as: "same")
      }
    }
    let found = try summary(Twice(), [1, 2, 2], classes: 4)
    #expect(found.layers.map(\.path) == ["", "same"])
    #expect(found.parameters == 20)
    #expect(found.flops == 2 * (4 * 8 + 4))
  }

  @Test("has the memory of the step that a trainer runs")
  func memory() throws {
    let model = FullyConnectedNet(hidden: [20], classes: 10, normalization: .batch)
    let found = try summary(model, [1, 28, 28], classes: 10, optimizer: Momentum(learningRate: 0.1))
    var settings = TrainingSettings()
    settings.batchSize = 7
    let trainer = try Trainer(
      model, data: .bundled(), optimizer: Momentum(learningRate: 0.1), backend: .cpu, settings: settings)
    #expect(found.memory.step > 7 * 28 * 28 * 4)
    #expect(trainer.plan.hasSuffix("arena of \(found.memory.step) bytes"))
  }
}
