import Checkpoints
import Datasets
import Exchange
import Layers
import Models
import Tensors
import Testing

@Suite("PyTorch's names and layouts")
struct PyTorchModelTests {
  private static let image = ImageShape(channels: 3, height: 8, width: 8)
  private static let batch: Shape = [1, 3, 8, 8]

  private func values(_ count: Int) -> TensorValues {
    TensorValues((0..<count).map { Float($0) / 7 }, shape: [count])
  }

  @Test("are torchvision's for a ResNet")
  func resNet() throws {
    let net = ResNet.resNet50(classes: 10)
    let exported = try PyTorchModel(of: net, input: Self.image).exported(
      Checkpoint(initial: net, input: Self.batch))
    let shapes = exported.tensors.mapValues(\.shape)
    // 53 convolutions, 53 batch normalizations of four vectors, one dense layer of two.
    #expect(shapes.count == 53 + 4 * 53 + 2)
    #expect(shapes["layer1.0.downsample.0.weight"] == [256, 64, 1, 1])
    #expect(shapes["layer4.2.bn3.running_var"] == [2048])
    #expect(shapes["fc.weight"] == [10, 2048])
    #expect(exported.metadata["format"] == "pt")
  }

  @Test("turn dense weights over, also square ones, and nothing else")
  func layouts() throws {
    let net = FullyConnectedNet(hidden: [6, 6], classes: 4, normalization: .batch)
    let checkpoint = Checkpoint(initial: net, input: Self.batch)
    let exported = try PyTorchModel(of: net, input: Self.image).exported(checkpoint)
    let ours = try #require(checkpoint.tensors["3.weight"]).elements(as: Float.self)
    let theirs = try #require(exported.tensors["3.weight"]).elements(as: Float.self)
    for unit in 0..<6 {
      for input in 0..<6 { #expect(theirs[unit * 6 + input] == ours[input * 6 + unit]) }
    }
    #expect(exported.tensors["0.weight"]?.shape == [6, 192])
    #expect(exported.tensors["1.running_mean"] == checkpoint.tensors["1.running_mean"])
  }

  @Test(
    "come back as they went, pixels included",
    arguments: [ResNet.resNet20(classes: 10), VGG.vgg11(classes: 10), ThreeLayerConvNet(classes: 10)]
      as [any Layer])
  func roundTrip(net: any Layer) throws {
    var checkpoint = Checkpoint(initial: net, input: Self.batch)
    checkpoint.metadata = ["lemnos.classes": "[\"a\"]", "lemnos.image": "3x8x8"]
    let pytorch = try PyTorchModel(of: net, input: Self.image)
    let back = try pytorch.imported(pytorch.exported(checkpoint), normalization: nil)
    #expect(back == checkpoint)
  }

  @Test("give VGG the biases that torchvision has, and take them in")
  func biases() throws {
    let net = VGG.vgg11(classes: 10)
    let pytorch = try PyTorchModel(of: net, input: Self.image)
    var exported = try pytorch.exported(Checkpoint(initial: net, input: Self.batch))
    #expect(exported.tensors["features.0.bias"]?.doubles == [Double](repeating: 0, count: 64))
    exported.tensors["features.0.bias"] = values(64)
    exported.tensors["features.1.running_mean"] = TensorValues(
      [Float](repeating: 2, count: 64), shape: [64])
    let back = try pytorch.imported(exported, normalization: nil)
    #expect(back.tensors["features.0.bias"] == nil)
    #expect(
      back.tensors["features.1.running_mean"]?.elements(as: Float.self) == (0..<64).map { 2 - Float($0) / 7 })
  }

  @Test("are read with torchvision's normalization of pixels")
  func normalization() throws {
    let net = TwoLayerNet(hidden: 5, classes: 4)
    let pytorch = try PyTorchModel(of: net, input: Self.image)
    var file = try pytorch.exported(Checkpoint(initial: net, input: Self.batch))
    file.metadata = [:]
    let normalization = try ChannelNormalization(mean: [0.5, 0.25, 0], deviation: [0.5, 0.25, 1])
    let back = try pytorch.imported(file, normalization: normalization)
    #expect(back.tensors["pixels.mean"] == TensorValues([Float(127.5), 63.75, 0], shape: [1, 3, 1, 1]))
    #expect(
      back.tensors["pixels.scale"]
        == TensorValues([Float(1 / 127.5), Float(1 / 63.75), Float(1 / 255.0)], shape: [1, 3, 1, 1]))
    let all = try pytorch.imported(file, normalization: ChannelNormalization(mean: [0], deviation: [1]))
    #expect(all.tensors["pixels.mean"]?.doubles == [0, 0, 0])
  }

  @Test("are refused where they do not fit, with what is wrong")
  func refusals() throws {
    let net = TwoLayerNet(hidden: 5, classes: 4)
    let pytorch = try PyTorchModel(of: net, input: Self.image)
    let good = try pytorch.exported(Checkpoint(initial: net, input: Self.batch))
    func reason(_ change: (inout Checkpoint) -> Void) throws -> String {
      var file = good
      change(&file)
      return try #require(throws: ExchangeError.self) { try pytorch.imported(file, normalization: nil) }
        .reason
    }
    #expect(try reason { $0.tensors["2.bias"] = nil }.contains("no '2.bias'"))
    #expect(
      try reason { $0.tensors["2.weight"] = TensorValues([Float](repeating: 0, count: 20), shape: [5, 4]) }
        .contains("'2.weight' as float32[5, 4], but this model and its images need float32[4, 5]"))
    #expect(try reason { $0.tensors["3.bias"] = self.values(4) }.contains("'3.bias' in it, which this model"))
    #expect(try reason { $0.metadata = [:] }.contains("--mean and --std"))
    #expect(try reason { $0.metadata["pixels.mean"] = "[[1, 2], [3]]" }.contains("does not fit"))
    #expect(try reason { $0.metadata["pixels.mean"] = "[1, 2]" }.contains("does not fit"))
    #expect(throws: ExchangeError.self) { try ChannelNormalization(mean: [0, 0], deviation: [1]) }
    #expect(throws: ExchangeError.self) { try ChannelNormalization(mean: [0], deviation: [0]) }
    let two = try ChannelNormalization(mean: [0, 0], deviation: [1, 1])
    #expect(throws: ExchangeError.self) { try pytorch.imported(good, normalization: two) }
  }
}
