import Lemnos

/// Networks for benchmarks of training steps, also against other frameworks: images of 3×32×32 in ten
/// classes.
package enum Workload: String, CaseIterable, Sendable {
  case twoLayerNet = "two-layer-net"
  case fiveLayerNet = "five-layer-net"
  case sixLayerNetNormalized = "six-layer-net-normalized"
  case threeLayerConvNet = "three-layer-convnet"
  case vgg = "vgg-6"
  case resNet18 = "resnet18"

  package static let imageShape = [3, 32, 32]
  package static let classes = 10

  /// A short description.
  package var summary: String {
    switch self {
    case .twoLayerNet: "3072-100-10, SGD"
    case .fiveLayerNet: "3072-100-100-100-100-10, momentum"
    case .sixLayerNetNormalized: "five hidden of 100, batch norm, dropout, Adam"
    case .threeLayerConvNet: "32 filters of 7×7, pool, 500-10, L2, Adam"
    case .vgg: "six 3×3 convolutions, batch norm, momentum"
    case .resNet18: "stem of 3×3, momentum"
    }
  }

  package var batchSize: Int {
    switch self {
    case .twoLayerNet, .fiveLayerNet: 100
    case .sixLayerNetNormalized, .threeLayerConvNet: 50
    case .vgg: 64
    case .resNet18: 32
    }
  }

  var hasDropout: Bool { self == .sixLayerNetNormalized }

  /// - Parameter dropout: false to omit it, so that losses are comparable with other frameworks'.
  func model(dropout: Bool) -> any Layer {
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
    }
  }

  var optimizer: any Optimizer {
    switch self {
    case .twoLayerNet: SGD(learningRate: 1e-3)
    case .fiveLayerNet, .vgg, .resNet18: Momentum(learningRate: 1e-3)
    case .sixLayerNetNormalized, .threeLayerConvNet: Adam(learningRate: 1e-3)
    }
  }

  /// The training settings, except batch size and precision.
  var settings: TrainingSettings {
    var settings = TrainingSettings()
    settings.regularization = self == .threeLayerConvNet ? 1e-3 : 0
    switch self {
    case .twoLayerNet, .threeLayerConvNet: settings.weightScale = 1e-3
    case .fiveLayerNet, .sixLayerNetNormalized: settings.weightScale = 5e-2
    case .vgg, .resNet18: break
    }
    return settings
  }
}
