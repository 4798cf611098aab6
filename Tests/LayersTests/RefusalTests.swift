import Foundation
import Layers
import Models
import Programs
import Tensors
import Testing

/// A layer, an input that it does not accept, and the expected error message.
private struct Refusal: Sendable, CustomTestStringConvertible {
  let layer: any Layer
  let mode: Pass.Mode
  /// The shape of an earlier input that it accepted; nil for none.
  let good: Shape?
  let bad: Tensor
  let expected: String
  var testDescription: String { "\(type(of: layer)): \(expected)" }

  init(
    _ layer: some Layer, after good: Shape? = nil, mode: Pass.Mode = .training, given bad: Tensor,
    _ expected: String
  ) {
    self.layer = layer
    self.mode = mode
    self.good = good
    self.bad = bad
    self.expected = expected
  }

  init(_ layer: some Layer, after good: Shape? = nil, given bad: Shape, _ expected: String) {
    self.init(layer, after: good, given: Tensor.full(bad, 1), expected)
  }

  static let all = shapes + types + activations + windows + models

  private static let shapes = [
    Refusal(Flatten(), given: [], "part (Flatten): flatten: takes a batch [N, …], not a scalar"),
    Refusal(Dense(4), given: [], "part (Dense): flatten: takes a batch [N, …], not a scalar"),
    Refusal(
      Dense(4), after: [2, 3], given: [2, 9],
      "part (Dense): weight: 'part.weight' was made as [3, 4], but this input asks for [9, 4]"),
    Refusal(
      Sequential([ReLU(), Dense(4)]), after: [2, 3], given: [2, 3, 2],
      "part.1 (Dense): weight: 'part.1.weight' was made as [3, 4], but this input asks for [2, 4]"),
    Refusal(
      BatchNorm(), given: [2, 3, 4],
      "part (BatchNorm): batchNorm: takes [N, C] or [N, C, H, W], not [2, 3, 4]"),
    Refusal(
      BatchNorm(), after: [4, 5], given: [4, 7],
      "part (BatchNorm): weight: 'part.weight' was made as [5], but this input asks for [7]"),
    Refusal(
      BatchNorm(), after: [4, 5], mode: .evaluation, given: .full([4, 7], 1),
      "part (BatchNorm): running_mean: 'part.running_mean' was made as [5], but this input asks for [7]"),
    Refusal(
      LayerNorm(), given: [4],
      "part (LayerNorm): layerNorm: takes floats [N, …, C] or [N, C, H, W], not float32[4]"),
    Refusal(
      LayerNorm(), after: [4, 5], given: [4, 7],
      "part (LayerNorm): weight: 'part.weight' was made as [5], but this input asks for [7]"),
    Refusal(
      GroupNorm(groups: 2), given: [1, 2, 3, 4, 5],
      "part (GroupNorm): groupNorm: takes [N, C] or [N, C, H, W], not [1, 2, 3, 4, 5]"),
    Refusal(
      GroupNorm(groups: 3), given: [2, 4, 5, 5],
      "part (GroupNorm): groupNorm: 4 channels of [2, 4, 5, 5] do not make 3 groups"),
    Refusal(
      GlobalAveragePool2D(), given: [2, 3],
      "part (GlobalAveragePool2D): globalAveragePool2D: takes images [N, C, H, W], not [2, 3]"),
  ]

  private static let activations = [
    ("leakyReLU", LeakyReLU()), ("elu", ELU()), ("silu", SiLU()), ("gelu", GELU()), ("softplus", Softplus()),
    ("mish", Mish()), ("hardSwish", HardSwish()), ("tanh", Tanh()), ("sigmoid", Sigmoid()),
  ].map { (name: String, layer: any Layer) in
    func refusal(_ layer: some Layer) -> Refusal {
      Refusal(
        layer, given: .full([2, 3], 1, dtype: .int32),
        "part (\(type(of: layer))): \(name): takes float32 or float64, not int32[2, 3]")
    }
    return refusal(layer)
  }

  private static let types = [
    Refusal(
      Embedding(5, width: 2), given: [2, 3],
      "part (Embedding): embedding: takes int32 numbers, not float32[2, 3]"),
    Refusal(
      Convolution1D(filters: 2, kernel: 2), given: [2, 4],
      "part (Convolution1D): conv1D: takes sequences [N, C, L], not [2, 4]"),
    Refusal(
      Convolution3D(filters: 2, kernel: 2), given: [2, 4, 3, 3],
      "part (Convolution3D): conv3D: takes volumes [N, C, D, H, W], not [2, 4, 3, 3]"),
    Refusal(
      Convolution3D(filters: 2, kernel: 3), given: [1, 1, 2, 3, 3],
      "part (Convolution3D): conv3D: a window of 3 slices, dilated by 1, is deeper than [1, 1, 2, 3, 3] padded by 0 and 0"
    ),
    Refusal(
      AdaptiveAveragePool2D(2, 2), given: [2, 4],
      "part (AdaptiveAveragePool2D): adaptivelyPooled: takes float images [N, C, H, W] and a size of two, not float32[2, 4] and [2, 2]"
    ),
    Refusal(RMSNorm(), given: [4], "part (RMSNorm): rmsNorm: takes floats […, D], not float32[4]"),
    Refusal(
      InstanceNorm(), given: [2, 4],
      "part (InstanceNorm): instanceNorm: takes images [N, C, H, W], not [2, 4]"),
    Refusal(
      Upsample2D(), given: [2, 4], "part (Upsample2D): upsample2D: takes images [N, C, H, W], not [2, 4]"),
    Refusal(
      TransposedConvolution2D(filters: 2, kernel: 2), given: [2, 4],
      "part (TransposedConvolution2D): transposedConv2D: takes images [N, C, H, W], not [2, 4]"),
    Refusal(
      TransposedConvolution2D(filters: 2, kernel: 2, padding: 3), given: [1, 2, 3, 3],
      "part (TransposedConvolution2D): transposedConv2D: nothing is left of [1, 2, 3, 3] by a padding of [3, 3]"
    ),
    Refusal(
      ReLU(), given: .full([2, 3], 1, dtype: .uint8),
      "part (ReLU): relu: takes no uint8 values; cast them to int32 or float32 first"),
    Refusal(
      Dropout(0.5), given: .full([2, 3], 1, dtype: .int32),
      "part (Dropout): dropout: takes float32 or float64, not int32[2, 3]"),
    Refusal(
      AveragePool2D(window: 2), given: .full([1, 1, 4, 4], 1, dtype: .uint8),
      "part (AveragePool2D): averagePool2D: takes float images, not uint8[1, 1, 4, 4]"),
    Refusal(
      MaxPool2D(window: 2), given: .full([1, 1, 4, 4], 1, dtype: .uint8),
      "part (MaxPool2D): maxPool2D: takes float images [N, C, H, W], not uint8[1, 1, 4, 4]"),
    Refusal(
      Convolution2D(filters: 2, kernel: 3), given: .full([1, 1, 4, 4], 1, dtype: .float64),
      "part (Convolution2D): conv2D: takes two tensors of four axes and of one float type, "
        + "not float64[1, 1, 4, 4] and float32[2, 1, 3, 3]"),
  ]

  private static let windows = [
    Refusal(
      Convolution2D(filters: 2, kernel: 3), given: [2, 3],
      "part (Convolution2D): conv2D: takes images [N, C, H, W], not [2, 3]"),
    Refusal(
      Convolution2D(filters: 2, kernel: 3), after: [1, 3, 8, 8], given: [1, 4, 8, 8],
      "part (Convolution2D): weight: 'part.weight' was made as [2, 3, 3, 3], "
        + "but this input asks for [2, 4, 3, 3]"),
    Refusal(
      Convolution2D(filters: 2, kernel: 7, padding: .uniform(1)), given: [1, 3, 4, 8],
      "part (Convolution2D): conv2D: a window of 7×7, dilated by [1, 1], is larger than the image of 4×8 "
        + "padded by [1, 1, 1, 1]"),
    Refusal(
      Convolution2D(filters: 2, kernel: 3, dilation: 3), given: [1, 3, 9, 6],
      "part (Convolution2D): conv2D: a window of 3×3, dilated by [3, 3], is larger than the image of 9×6 "
        + "padded by [0, 0, 0, 0]"),
    Refusal(
      Convolution2D(filters: 2, kernel: 3, stride: 0), given: [1, 3, 8, 8],
      "part (Convolution2D): conv2D: a window [3, 3], stride [0, 0], dilation [1, 1], padding [0, 0, 0, 0] "
        + "is not possible"),
    Refusal(
      Convolution2D(filters: 2, kernel: 3, stride: 0, padding: .same), given: [1, 3, 8, 8],
      "part (Convolution2D): conv2D: a window [3, 3], stride [0, 0], dilation [1, 1], padding [0, 0, 0, 0] "
        + "is not possible"),
    Refusal(
      Convolution2D(filters: 2, kernel: 3, padding: .uniform(-1)), given: [1, 3, 8, 8],
      "part (Convolution2D): conv2D: a window [3, 3], stride [1, 1], dilation [1, 1], "
        + "padding [-1, -1, -1, -1] is not possible"),
    Refusal(
      Convolution2D(filters: 2, kernel: 3, dilation: 0), given: [1, 3, 8, 8],
      "part (Convolution2D): conv2D: a window [3, 3], stride [1, 1], dilation [0, 0], padding [0, 0, 0, 0] "
        + "is not possible"),
    Refusal(
      Convolution2D(filters: 4, kernel: 3, groups: 2), given: [1, 3, 8, 8],
      "part (Convolution2D): conv2D: 3 channels of [1, 3, 8, 8] and 4 filters do not make 2 groups"),
    Refusal(
      Convolution2D(filters: 3, kernel: 3, groups: 2), given: [1, 4, 8, 8],
      "part (Convolution2D): conv2D: 4 channels of [1, 4, 8, 8] and 3 filters do not make 2 groups"),
    Refusal(
      Convolution2D(filters: 3, kernel: 3, groups: 0), given: [1, 4, 8, 8],
      "part (Convolution2D): conv2D: 4 channels of [1, 4, 8, 8] and 3 filters do not make 0 groups"),
    Refusal(
      MaxPool2D(window: 5), given: [1, 3, 8, 4],
      "part (MaxPool2D): maxPool2D: a window of 5×5, dilated by [1, 1], is larger than the image of 8×4 "
        + "padded by [0, 0, 0, 0]"),
    Refusal(
      MaxPool2D(window: 2, stride: 0), given: [1, 3, 8, 4],
      "part (MaxPool2D): maxPool2D: a window [2, 2], stride [0, 0], dilation [1, 1], padding [0, 0, 0, 0] "
        + "is not possible"),
    Refusal(
      MaxPool2D(window: 17), given: [1, 1, 20, 20],
      "part (MaxPool2D): maxPool2D: takes windows of at most 256 elements, not 17×17"),
    Refusal(
      MaxPool1D(window: 2), given: [2, 4],
      "part (MaxPool1D): maxPool1D: takes sequences [N, C, L], not [2, 4]"),
    Refusal(
      AveragePool1D(window: 2), given: [2, 4],
      "part (AveragePool1D): averagePool1D: takes sequences [N, C, L], not [2, 4]"),
    Refusal(
      AveragePool2D(window: 5), given: [1, 3, 8, 4],
      "part (AveragePool2D): averagePool2D: a window of 5×5, dilated by [1, 1], is larger than the image of "
        + "8×4 padded by [0, 0, 0, 0]"),
    Refusal(
      AveragePool2D(window: 0), given: [1, 3, 8, 4],
      "part (AveragePool2D): averagePool2D: takes images [N, C, H, W] and a window of two sizes, "
        + "not [1, 3, 8, 4] and [0, 0]"),
  ]

  private static let models = [
    Refusal(
      BasicBlock(filters: 4), given: [2, 9],
      "part.conv1 (Convolution2D): conv2D: takes images [N, C, H, W], not [2, 9]"),
    Refusal(
      BasicBlock(filters: 4, stride: 2), after: [2, 3, 5, 5], given: [2, 4, 5, 5],
      "part.conv1 (Convolution2D): weight: 'part.conv1.weight' was made as [4, 3, 3, 3], "
        + "but this input asks for [4, 4, 3, 3]"),
    Refusal(
      Recomputed(Dense(4)), after: [2, 3], given: [2, 9],
      "part (Recomputed): weight: 'part.weight' was made as [3, 4], but this input asks for [9, 4]"),
    Refusal(
      Bottleneck(width: 2), given: .full([2, 3, 4, 4], 1, dtype: .uint8),
      "part.conv1 (Convolution2D): conv2D: takes two tensors of four axes and of one float type, "
        + "not uint8[2, 3, 4, 4] and float32[2, 3, 1, 1]"),
    Refusal(
      ResNet.resNet20(classes: 3), given: [2, 9],
      "part.conv1 (Convolution2D): conv2D: takes images [N, C, H, W], not [2, 9]"),
    // The stem is determined by the first image's size, and fixed from then on.
    Refusal(
      ResNet.resNet18(classes: 3), after: [1, 3, 64, 64], given: [1, 3, 65, 64],
      "part.conv1 (Convolution2D): weight: 'part.conv1.weight' was made as [64, 3, 3, 3], "
        + "but this input asks for [64, 3, 7, 7]"),
    Refusal(
      MobileNetV2(classes: 3), given: [2, 9],
      "part (MobileNetV2): mobileNetV2: takes images [N, C, H, W], not [2, 9]"),
    Refusal(
      UNet(classes: 3), given: [2, 9], "part (UNet): unet: takes images [N, C, H, W], not [2, 9]"),
    Refusal(
      Autoencoder(), given: [2, 9], "part (Autoencoder): autoencoder: takes images [N, C, H, W], not [2, 9]"),
    Refusal(
      MultiHeadAttention(heads: 4), given: [2, 5, 6],
      "part (MultiHeadAttention): multiHeadAttention: takes floats [N, T, D] whose width D is a multiple of its 4 heads, not float32[2, 5, 6]"
    ),
    Refusal(
      EncoderBlock(heads: 4, mlpWidth: 3), given: [2, 5, 6],
      "part.attention (MultiHeadAttention): multiHeadAttention: takes floats [N, T, D] whose width D is a multiple of its 4 heads, not float32[2, 5, 6]"
    ),
    Refusal(
      ViT(classes: 3, patch: 4, blocks: 1, heads: 1, channels: 4), given: [2, 3, 8, 6],
      "part (ViT): vit: takes float images [N, C, H, W] whose sides are multiples of its patches of 4×4, not float32[2, 3, 8, 6]"
    ),
    Refusal(
      ViT(classes: 3, patch: 4, blocks: 1, heads: 1, channels: 4), after: [2, 3, 8, 8], given: [2, 3, 8, 4],
      "part.positions (Embedding): weight: 'part.positions.weight' was made as [5, 4], but this input asks for [3, 4]"
    ),
    Refusal(
      BERT(vocabulary: 9, context: 4, classes: 2, blocks: 1, heads: 1, channels: 4),
      given: Tensor.full([2, 5], 0, dtype: .int32),
      "part (BERT): bert: takes int32 [N, T] with up to 4 tokens, not int32[2, 5]"),
    Refusal(
      SwiGLU(width: 4), given: [5], "part (SwiGLU): swiGLU: takes floats […, D], not float32[5]"),
    Refusal(
      GPT(vocabulary: 9, context: 4, blocks: 1, heads: 1, channels: 4),
      given: Tensor.full([2, 5], 0, dtype: .int32),
      "part (GPT): gpt: takes int32 [N, T] with up to 4 tokens, not int32[2, 5]"),
    Refusal(
      LSTM(4), given: [2, 9],
      "part (LSTM): lstm: takes floats [N, T, D] with at least one place, not float32[2, 9]"),
    Refusal(
      GRU(4), after: [2, 3, 5], given: [2, 3, 6],
      "part (GRU): weight_ih_l0: 'part.weight_ih_l0' was made as [5, 12], but this input asks for [6, 12]"),
    Refusal(
      RecurrentLanguageModel(vocabulary: 9, layers: 1, channels: 4),
      given: Tensor.full([2, 0], 0, dtype: .int32),
      "part (RecurrentLanguageModel): recurrentLanguageModel: takes int32 [N, T] of at least one token, and 2 states or none, not int32[2, 0]"
    ),
    Refusal(
      VGG.vgg11(classes: 3), given: [2, 9],
      "part.features.0 (Convolution2D): conv2D: takes images [N, C, H, W], not [2, 9]"),
    Refusal(
      MaxPool2D(window: 2, padding: 2), given: [1, 3, 8, 8],
      "part (MaxPool2D): maxPool2D: padding [2, 2, 2, 2] makes windows [2, 2] that see no pixel"),
    Refusal(
      TwoLayerNet(hidden: 5, classes: 3), after: [2, 4], given: [2, 9],
      "part.0 (Dense): weight: 'part.0.weight' was made as [4, 5], but this input asks for [9, 5]"),
    Refusal(
      FullyConnectedNet(hidden: [5, 6], classes: 3, normalization: .batch, dropout: 0.5),
      after: [2, 1, 2, 2],
      given: [2, 1, 3, 3],
      "part.0 (Dense): weight: 'part.0.weight' was made as [4, 5], but this input asks for [9, 5]"),
    Refusal(
      ThreeLayerConvNet(filters: 2, kernel: 3, hidden: 5, classes: 3), given: [2, 9],
      "part.0 (Convolution2D): conv2D: takes images [N, C, H, W], not [2, 9]"),
    Refusal(
      ThreeLayerConvNet(filters: 2, kernel: 3, hidden: 5, classes: 3), given: [2, 3, 1, 1],
      "part.2 (MaxPool2D): maxPool2D: a window of 2×2, dilated by [1, 1], is larger than the image of 1×1 "
        + "padded by [0, 0, 0, 0]"),
    Refusal(
      ThreeLayerConvNet(filters: 2, kernel: 3, hidden: 5, classes: 3), after: [2, 3, 4, 4],
      given: [2, 3, 6, 6],
      "part.3 (Dense): weight: 'part.3.weight' was made as [8, 5], but this input asks for [18, 5]"),
  ]
}

@Suite("A wrong input")
struct RefusalTests {
  @Test("is refused with the layer's path, the operation and the sizes", arguments: Refusal.all)
  fileprivate func message(_ refusal: Refusal) throws {
    let states = StateStore()
    func run(_ x: Tensor) -> Tensor {
      refusal.layer(x, in: Pass(refusal.mode, states: states), as: "part")
    }
    if let good = refusal.good { #expect(run(.full(good, 1)).error == nil) }
    let y = run(refusal.bad)
    let error = try #require(y.error)
    #expect("\(error.layerPath): \(error.operation): \(error.reason)" == refusal.expected)
    #expect(throws: error) { try Program("step", outputs: [("y", y.sum())]) }
  }

  @Test("is tried on every layer and every model")
  func complete() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let files = try ["Sources/Learning/Layers", "Sources/Learning/Models"].flatMap {
      try FileManager.default.contentsOfDirectory(
        at: root.appending(path: $0), includingPropertiesForKeys: nil)
    }
    let declared = try files.flatMap { file in
      try String(contentsOf: file, encoding: .utf8).matches(of: /public struct (\w+): Layer\b/)
        .map { String($0.output.1) }
    }
    #expect(declared.count >= 15)
    #expect(Set(declared).subtracting(Refusal.all.map { "\(type(of: $0.layer))" }) == [])
  }
}
