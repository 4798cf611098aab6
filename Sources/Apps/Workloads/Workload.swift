import Lemnos

/// Networks for benchmarks of training steps, also against other frameworks: on images of 3×32×32 in ten classes, or on tokens.
package enum Workload: String, CaseIterable, Sendable {
  case twoLayerNet = "two-layer-net"
  case fiveLayerNet = "five-layer-net"
  case sixLayerNetNormalized = "six-layer-net-normalized"
  case threeLayerConvNet = "three-layer-convnet"
  case vgg = "vgg-6"
  case resNet18 = "resnet18"
  case vit
  case gptCharacters = "gpt-char"
  case gptSmall = "gpt-small"
  case gpt2
  case lstm

  private static let classes = 10

  /// All but those that take gigabytes.
  package static let usual = allCases.filter { $0 != .gpt2 }

  /// A short description.
  package var summary: String {
    switch self {
    case .twoLayerNet: "3072-100-10, SGD"
    case .fiveLayerNet: "3072-100-100-100-100-10, momentum"
    case .sixLayerNetNormalized: "five hidden of 100, batch norm, dropout, Adam"
    case .threeLayerConvNet: "32 filters of 7×7, pool, 500-10, L2, Adam"
    case .vgg: "six 3×3 convolutions, batch norm, momentum"
    case .resNet18: "stem of 3×3, momentum"
    case .vit: "6 blocks of 192, patches of 4×4, AdamW"
    case .gptCharacters: "4 blocks of 128, 64 of 65 tokens, AdamW, clipped"
    case .gptSmall: "6 blocks of 384, 256 of 65 tokens, AdamW, clipped"
    case .gpt2: "12 blocks of 768, 64 of 50,257 tokens, AdamW, clipped"
    case .lstm: "2 layers of 256, 64 of 65 tokens, AdamW"
    }
  }

  package var batchSize: Int {
    switch self {
    case .twoLayerNet, .fiveLayerNet: 100
    case .sixLayerNetNormalized, .threeLayerConvNet: 50
    case .vgg, .vit: 64
    case .resNet18, .lstm: 32
    case .gptCharacters: 12
    case .gptSmall: 8
    case .gpt2: 4
    }
  }

  /// A field of its examples.
  struct Field {
    let field: DataField
    /// Integers are below this; nil for float numbers, of mean 0 and variance 1.
    let bound: Int?
  }

  var fields: [Field] {
    guard let language else {
      return [
        Field(field: DataField("images", [3, 32, 32]), bound: nil),
        Field(field: DataField("labels", [], dtype: .int32), bound: Workload.classes),
      ]
    }
    return [
      Field(field: DataField("tokens", [language.length + 1], dtype: .int32), bound: language.vocabulary)
    ]
  }

  /// - Parameter dropout: false to omit it, so that losses are comparable with other frameworks'.
  func objective(dropout: Bool) -> any Objective {
    language.map { LanguageModeling($0.net) }
      ?? Classification(classifier(dropout: dropout), classes: Workload.classes)
  }

  /// The network of a language model, the kinds of tokens, and how many it reads.
  private var language: (net: any Layer, vocabulary: Int, length: Int)? {
    if self == .lstm { return (RecurrentLanguageModel(vocabulary: 65), 65, 64) }
    return gpt.map { ($0.net, $0.net.vocabulary, $0.length) }
  }

  private var gpt: (net: GPT, length: Int)? {
    switch self {
    case .gptCharacters:
      (GPT(vocabulary: 65, context: 64, blocks: 4, heads: 4, channels: 128, bias: false), 64)
    case .gptSmall:
      (GPT(vocabulary: 65, context: 256, blocks: 6, heads: 6, channels: 384, bias: false), 256)
    case .gpt2: (GPT(vocabulary: 50_257, context: 1024, blocks: 12, heads: 12, channels: 768), 64)
    default: nil
    }
  }

  private func classifier(dropout: Bool) -> any Layer {
    switch self {
    case .twoLayerNet: TwoLayerNet(hidden: 100, classes: Workload.classes)
    case .fiveLayerNet: FullyConnectedNet(hidden: [100, 100, 100, 100], classes: Workload.classes)
    case .sixLayerNetNormalized:
      FullyConnectedNet(
        hidden: [100, 100, 100, 100, 100], classes: Workload.classes, normalization: .batch,
        dropout: dropout ? 0.25 : 0)
    case .threeLayerConvNet: ThreeLayerConvNet(hidden: 500, classes: Workload.classes)
    // The last layer sees all 4×4 pixels, not channel means as in `VGG`, like small networks in practice.
    case .vgg:
      Sequential {
        for filters in [64, 128, 256] {
          for _ in 0..<2 {
            Convolution2D(filters: filters, kernel: 3, padding: .uniform(1), bias: false)
            BatchNorm()
            ReLU()
          }
          MaxPool2D(window: 2)
        }
        Dense(Workload.classes)
      }
    case .resNet18: ResNet.resNet18(classes: Workload.classes)
    case .vit:
      ViT(
        classes: Workload.classes, patch: 4, blocks: 6, heads: 3, channels: 192, pooling: .mean, gelu: .tanh)
    case .gptCharacters, .gptSmall, .gpt2, .lstm:
      preconditionFailure("\(rawValue) tells tokens, not classes")
    }
  }

  var optimizer: any Optimizer {
    switch self {
    case .twoLayerNet: SGD(learningRate: 1e-3)
    case .fiveLayerNet, .vgg, .resNet18: Momentum(learningRate: 1e-3)
    case .sixLayerNetNormalized, .threeLayerConvNet: Adam(learningRate: 1e-3)
    case .vit, .gptCharacters, .gptSmall, .gpt2, .lstm:
      AdamW(learningRate: 1e-3, weightDecay: 0.1, beta1: 0.9, beta2: 0.99)
    }
  }

  /// The training settings, except batch size and precision.
  var settings: TrainingSettings {
    var settings = TrainingSettings()
    settings.regularization = self == .threeLayerConvNet ? 1e-3 : 0
    settings.clipNorm = gpt == nil ? nil : 1
    switch self {
    case .twoLayerNet, .threeLayerConvNet: settings.weightScale = 1e-3
    case .fiveLayerNet, .sixLayerNetNormalized: settings.weightScale = 5e-2
    case .vgg, .resNet18, .vit, .gptCharacters, .gptSmall, .gpt2, .lstm: break
    }
    return settings
  }
}
