import GradientChecks
import Layers
import Losses
import Execution
import Programs
import Tensors
import TestSupport
import Testing

@testable import Models

/// A deep network, the shape of its input image, and its number of parameters.
private struct SizedModel: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let model: any Layer
  let image: [Int]
  let classes: Int
  let parameters: Int

  static let all = [
    // torchvision's counts, for 1000 classes.
    SizedModel(
      testDescription: "ResNet-18", model: ResNet.resNet18(classes: 1000), image: [3, 224, 224],
      classes: 1000, parameters: 11_689_512),
    SizedModel(
      testDescription: "ResNet-34", model: ResNet.resNet34(classes: 1000), image: [3, 224, 224],
      classes: 1000, parameters: 21_797_672),
    SizedModel(
      testDescription: "ResNet-50", model: ResNet.resNet50(classes: 1000), image: [3, 224, 224],
      classes: 1000, parameters: 25_557_032),
    SizedModel(
      testDescription: "MobileNetV2", model: MobileNetV2(classes: 1000), image: [3, 224, 224], classes: 1000,
      parameters: 3_504_872),
    // With 3×3 instead of 7×7 filters in the stem, and 990 classes fewer.
    SizedModel(
      testDescription: "ResNet-18 of small images", model: ResNet.resNet18(classes: 10),
      image: [3, 32, 32], classes: 10, parameters: 11_689_512 - 64 * 3 * (49 - 9) - 990 * 513),
    // The paper's 0.27 million, 269,722, and two projection shortcuts with their normalization.
    SizedModel(
      testDescription: "ResNet-20", model: ResNet.resNet20(classes: 10), image: [3, 32, 32],
      classes: 10, parameters: 269_722 + (16 * 32 + 2 * 32) + (32 * 64 + 2 * 64)),
    // torchvision's `features` have 9,225,984 and 14,723,136 parameters with normalization; the biases, one
    // for each of 2,752 and 4,224 filters, are redundant before it and left out here.
    SizedModel(
      testDescription: "VGG-11", model: VGG.vgg11(classes: 10), image: [3, 32, 32], classes: 10,
      parameters: 9_225_984 - 2_752 + 5_130),
    SizedModel(
      testDescription: "VGG-16", model: VGG.vgg16(classes: 10), image: [1, 28, 28], classes: 10,
      parameters: 14_723_136 - 4_224 - 2 * 9 * 64 + 5_130),
  ]
}

@Suite("Deep networks")
struct DeepModelTests {
  @Test("have the known numbers of parameters", arguments: SizedModel.all)
  fileprivate func parameters(_ row: SizedModel) {
    let pass = Pass(.training, states: StateStore())
    let scores = row.model.forward(.full(Shape([2] + row.image), 1), in: pass)
    #expect(scores.shape == [2, row.classes])
    #expect(pass.states.parameterCount == row.parameters)
  }

  @Test("name parameters as torchvision does")
  func names() {
    func names(_ model: some Layer, _ image: Shape) -> [String] {
      let pass = Pass(.training, states: StateStore())
      _ = model.forward(.full(image, 1), in: pass)
      return pass.states.states.map(\.name)
    }
    let basic = names(ResNet.resNet18(classes: 10), [1, 3, 32, 32])
    #expect(
      basic.prefix(11) == [
        "conv1.weight", "bn1.running_mean", "bn1.running_var", "bn1.weight", "bn1.bias",
        "layer1.0.conv1.weight", "layer1.0.bn1.running_mean", "layer1.0.bn1.running_var",
        "layer1.0.bn1.weight",
        "layer1.0.bn1.bias", "layer1.0.conv2.weight",
      ])
    #expect(basic.filter { $0.hasPrefix("layer1.0.downsample") } == [])
    #expect(
      basic.contains("layer2.0.downsample.0.weight") && basic.contains("layer4.0.downsample.1.running_var"))
    #expect(basic.suffix(2) == ["fc.weight", "fc.bias"])
    let deep = names(ResNet.resNet50(classes: 10), [1, 3, 32, 32])
    #expect(deep.contains("layer1.0.downsample.0.weight") && deep.contains("layer3.5.conv3.weight"))

    // Pooling layers are numbered even if there are not enough pixels for them.
    let large = names(VGG.vgg11(classes: 10), [1, 3, 32, 32])
    #expect(large == names(VGG.vgg11(classes: 10), [1, 3, 7, 5]))
    let convolutions = large.filter { $0.hasSuffix(".weight") }.enumerated().filter { $0.offset % 2 == 0 }
    #expect(
      convolutions.map(\.element) == [0, 4, 8, 11, 15, 18, 22, 25].map { "features.\($0).weight" }
        + ["classifier.weight"])
  }

  @Test(
    "have right gradients",
    arguments: [
      ResNet(.basic, depths: [1, 1], widths: [3, 4], classes: 3),
      ResNet(.bottleneck, depths: [1, 1], widths: [2, 3], classes: 3),
      ResNet(.basic, depths: [1], widths: [3], classes: 3, stem: .large),
    ] as [any Layer])
  func gradientsOfResNets(_ model: any Layer) throws {
    let report = try checkGradients(
      of: model, loss: .softmaxCrossEntropy, input: [4, 2, 6, 5], classes: 3, seed: 3)
    #expect(report.failures().isEmpty, "\(report)")
  }

  @Test("have right gradients, plain ones too")
  func gradientsOfVGG() throws {
    let model = VGG(groups: [[3], [4, 3], [3], [2]], classes: 3)
    let report = try checkGradients(
      of: model, loss: .softmaxCrossEntropy, input: [4, 2, 6, 5], classes: 3, seed: 3)
    #expect(report.failures().isEmpty, "\(report)")
  }

  @Test("have right gradients, also those for pixels")
  func gradientsOfOthers() throws {
    // Odd sizes, and an image of a single window.
    let models: [(any Layer, Shape)] = [
      (UNet(classes: 2, widths: [2, 3, 3]), [2, 2, 5, 6]), (UNet(classes: 2, widths: [3]), [2, 1, 3, 3]),
      (Autoencoder(code: 3, widths: [2, 3]), [2, 2, 6, 5]),
      (InvertedResidual(expansion: 2, filters: 3, stride: 1), [3, 3, 4, 4]),
      (InvertedResidual(expansion: 1, filters: 2, stride: 2), [3, 3, 5, 4]),
    ]
    for (model, input) in models {
      let report = try checkGradients(of: model, input: input, seed: 5)
      #expect(report.failures().isEmpty, "\(type(of: model)): \(report)")
    }
  }

  @Test("give images of the size that they take")
  func images() {
    for size in [[16, 16], [5, 7], [1, 1], [28, 27]] {
      let x = Tensor.full(Shape([2, 3] + size), 1)
      func shape(_ model: some Layer) -> Shape {
        model.forward(x, in: Pass(.training, states: StateStore())).shape
      }
      #expect(shape(UNet(classes: 4)) == Shape([2, 4] + size))
      #expect(shape(Autoencoder()) == Shape([2, 3] + size))
      #expect(shape(MobileNetV2(classes: 5)) == [2, 5])
    }
  }

  @Test("add the input itself where the shape stays")
  func identity() throws {
    // With γ₂ = 0 the residual branch is zero.
    let states = StateStore()
    let x = Tensor((0..<48).map { Float($0) / 8 - 3 }, shape: [1, 3, 4, 4])
    let y = BasicBlock(filters: 3).forward(x, in: Pass(.training, states: states))
    let scale = try #require(states["bn2.weight"])
    for (name, backend) in try everyBackend() {
      let zeros = TensorValues([Float](repeating: 0, count: 3), shape: [3])
      let found = try results([y], on: backend, with: [(scale, zeros)])
      #expect(found == [(0..<48).map { max(0, Double($0) / 8 - 3) }], "\(name)")
    }
  }

  @Test("give the same scores and gradients on every backend", arguments: [ResNet.Block.basic, .bottleneck])
  func backends(_ block: ResNet.Block) throws {
    let model = ResNet(block, depths: [1, 2], widths: [8, 12], classes: 5, stem: .large)
    let pass = Pass(.training, states: StateStore())
    let x = State("x", [6, 3, 17, 15], role: .data, initial: .normal(standardDeviation: 1))
    let scores = model.forward(x.value, in: pass)
    let loss = softmaxCrossEntropy(scores, Tensor((0..<6).map { Int32($0 % 5) }, shape: [6])).mean()
    let tensors = [scores] + gradients(of: loss, at: pass.states.parameters.map(\.value))
    var expected: [[Double]] = []
    for (name, backend) in try everyBackend() {
      let found = try results(tensors, on: backend)
      if expected.isEmpty { expected = found }
      for (index, (a, b)) in zip(found, expected).enumerated() {
        let what = index == 0 ? "scores" : pass.states.parameters[index - 1].name
        // float32 through ten normalizations over few pixels, forward and backward.
        let tolerance = 1e-4 * (b.map(abs).max() ?? 0)
        #expect(tolerance > 0 && distance(a, b) <= tolerance, "\(name): \(what)")
      }
    }
  }
}
