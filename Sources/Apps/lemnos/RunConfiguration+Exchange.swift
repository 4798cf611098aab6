import Lemnos

extension RunConfiguration {
  /// The name of the dense layer that outputs the scores (logits).
  private var scoresLayer: String {
    switch model {
    case .twoLayerNet: "2"
    case .threeLayerConvNet: "5"
    case .vgg11, .vgg16: "classifier"
    case .resnet18, .resnet34, .resnet50, .resnet20: "fc"
    case .mobilenetv2: "classifier.1"
    case .unet: "scores"
    case .autoencoder: "code"
    // It has no biases of scores: a checkpoint says its vocabulary by its tokenizer.
    case .gpt: "norm"
    case .vit, .bert, .lstm, .gru: "head"
    case .mlp: "net.\(2 * hidden.count)"
    case .fullyConnectedNet:
      "\(hidden.count * (2 + (normalization == .none ? 0 : 1) + (dropout > 0 ? 1 : 0)))"
    }
  }

  /// The number of classes of a network of this configuration, from the shape of its last bias.
  ///
  /// - Parameter file: its parameters, in Lemnos's or PyTorch's layout.
  func classes(in file: Checkpoint, path: String) throws -> Int {
    let name = "\(scoresLayer).bias"
    guard let shape = file.tensors[name]?.shape, shape.rank == 1, shape[0] > 0 else {
      throw Failure("\(path): there is no vector '\(name)' in it: it is not of \(model.inWords)", code: 65)
    }
    return shape[0]
  }

  /// Sets the stem of an imported ResNet: 7×7 filters for large images, or 3×3.
  mutating func setStem(of file: Checkpoint) {
    switch model {
    case .resnet18, .resnet34, .resnet50:
      stem = file.tensors["conv1.weight"].map { $0.shape.dimensions.last == 3 ? .small : .large }
    case .twoLayerNet, .fullyConnectedNet, .threeLayerConvNet, .vgg11, .vgg16, .resnet20, .mobilenetv2, .mlp,
      .unet, .autoencoder, .gpt, .vit, .bert, .lstm, .gru:
      stem = nil
    }
  }

  /// Sets the pixel normalization (per channel or mean image) from the shapes of its tensors.
  mutating func setPixels(of checkpoint: Checkpoint) {
    let isPerChannel = checkpoint.tensors["pixels.scale"]?.shape.rank == 4
    pixels = isPerChannel ? .perChannel : .standardized
  }
}
