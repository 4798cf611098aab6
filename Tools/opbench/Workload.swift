import Lemnos

/// Networks whose training steps are compared with those of others: random images of 3×32×32 in ten classes.
enum Workload: String, CaseIterable {
  case twoLayerNet = "two-layer-net"
  case fiveLayerNet = "five-layer-net"
  case sixLayerNetNormalized = "six-layer-net-normalized"
  case threeLayerConvNet = "three-layer-convnet"
  case vgg = "vgg-6"
  case resNet18 = "resnet18"

  var batchSize: Int {
    switch self {
    case .twoLayerNet, .fiveLayerNet: 100
    case .sixLayerNetNormalized, .threeLayerConvNet: 50
    case .vgg: 64
    case .resNet18: 32
    }
  }

  private var model: any Layer {
    switch self {
    case .twoLayerNet: TwoLayerNet(hidden: 100, classes: 10)
    case .fiveLayerNet: FullyConnectedNet(hidden: [100, 100, 100, 100], classes: 10)
    case .sixLayerNetNormalized:
      FullyConnectedNet(hidden: [100, 100, 100, 100, 100], classes: 10, normalization: .batch, dropout: 0.25)
    case .threeLayerConvNet: ThreeLayerConvNet(hidden: 500, classes: 10)
    case .vgg: VGG(groups: [[64, 64], [128, 128], [256, 256]], classes: 10)
    case .resNet18: ResNet.resNet18(classes: 10)
    }
  }

  private var optimizer: any Optimizer {
    switch self {
    case .twoLayerNet: SGD(learningRate: 1e-3)
    case .fiveLayerNet, .vgg, .resNet18: Momentum(learningRate: 1e-3)
    case .sixLayerNetNormalized, .threeLayerConvNet: Adam(learningRate: 1e-3)
    }
  }

  /// A trainer on `backend`, of images that fit into any memory.
  func trainer(on backend: BackendChoice, batchSize: Int? = nil, precision: Precision = .float32) throws
    -> Trainer
  {
    let batch = batchSize ?? self.batchSize
    let count = 8 * batch
    var pixels = [UInt8](repeating: 0, count: count * 3072)
    for index in pixels.indices { pixels[index] = UInt8(truncatingIfNeeded: index &* 2_654_435_761 >> 13) }
    let images = try LabeledImages(
      pixels: pixels, labels: (0..<count).map { UInt8($0 % 10) },
      shape: ImageShape(channels: 3, height: 32, width: 32))
    let data = try Dataset(
      name: "random", training: images, test: images, classNames: (0..<10).map(String.init))
    var settings = TrainingSettings()
    settings.batchSize = batch
    settings.precision = precision
    settings.validation = .count(0)
    settings.regularization = self == .threeLayerConvNet ? 1e-3 : 0
    return try Trainer(model, data: data, optimizer: optimizer, backend: backend, settings: settings)
  }
}
