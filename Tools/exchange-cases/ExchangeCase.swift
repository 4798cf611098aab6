import Lemnos
import Execution
import Programs
import Tensors

/// A network with parameters as after training, and input images.
struct ExchangeCase {
  let name: String
  let model: any Layer
  let image: ImageShape

  private static let images = 5
  /// The number of images for the running statistics.
  ///
  /// With fewer, a late layer's channels may have almost no variance, and rounding errors grow by the
  /// division.
  private static let seenImages = 32
  private static let classes = 10

  static let all: [ExchangeCase] = {
    let small = ImageShape(channels: 3, height: 32, width: 32)
    let odd = ImageShape(channels: 1, height: 28, width: 28)
    let large = ImageShape(channels: 3, height: 72, width: 72)
    func normalized(_ normalization: FullyConnectedNet.Normalization) -> FullyConnectedNet {
      FullyConnectedNet(hidden: [64, 32], classes: classes, normalization: normalization, dropout: 0.5)
    }
    return [
      ExchangeCase(name: "two-layer-net", model: TwoLayerNet(hidden: 100, classes: classes), image: odd),
      ExchangeCase(name: "fully-connected-net-batch", model: normalized(.batch), image: odd),
      ExchangeCase(name: "fully-connected-net-layer", model: normalized(.layer), image: small),
      ExchangeCase(name: "three-layer-convnet", model: ThreeLayerConvNet(classes: classes), image: small),
      ExchangeCase(name: "vgg11", model: VGG.vgg11(classes: classes), image: small),
      // Too small for its last pool.
      ExchangeCase(name: "vgg16", model: VGG.vgg16(classes: classes), image: odd),
      ExchangeCase(name: "resnet18", model: ResNet.resNet18(classes: classes), image: small),
      // With the stem for large images.
      ExchangeCase(name: "resnet18-large", model: ResNet.resNet18(classes: classes), image: large),
      ExchangeCase(name: "resnet34", model: ResNet.resNet34(classes: classes), image: small),
      ExchangeCase(name: "resnet50", model: ResNet.resNet50(classes: classes), image: small),
      ExchangeCase(name: "resnet20", model: ResNet.resNet20(classes: classes), image: small),
      ExchangeCase(name: "mobilenetv2", model: MobileNetV2(classes: classes), image: large),
      // Outputs per pixel, and images as outputs: with odd sizes.
      ExchangeCase(name: "unet", model: UNet(classes: 3, widths: [8, 16, 32]), image: odd),
      ExchangeCase(
        name: "autoencoder", model: Autoencoder(), image: ImageShape(channels: 3, height: 30, width: 27)),
      ExchangeCase(name: "all-operations", model: AllOperations(), image: odd),
    ]
  }()

  func write(to folder: String) throws {
    let checkpoint = try trained()
    let pixels = pixels(ExchangeCase.images, seed: 1)
    let path = "\(folder)/\(name)"
    try checkpoint.write(to: "\(path).safetensors")
    try ONNXModel(of: model, from: checkpoint, input: image).write(to: "\(path).onnx")
    try PyTorchModel(of: model, input: image).exported(checkpoint).write(to: "\(path).pytorch.safetensors")
    try scores(of: Checkpoint(tensors: ["input": pixels]), by: checkpoint).write(
      to: "\(path).scores.safetensors")
  }

  /// The images together with their scores.
  func scores(of images: Checkpoint, by checkpoint: Checkpoint) throws -> Checkpoint {
    let states = StateStore()
    let pixels = try images.required("input")
    let scores = model.forward(
      try normalized(pixels, checkpoint), in: Pass(.evaluation, states: states))
    if let error = scores.error { throw error }
    let values = try run([scores], states.states) { try checkpoint.required($0.name) }
    return Checkpoint(tensors: ["input": pixels, "scores": values[0]])
  }

  /// Random parameters, with running statistics measured on a batch: with initial statistics, scores would
  /// grow from layer to layer.
  private func trained() throws -> Checkpoint {
    var checkpoint = Checkpoint()
    let perPixel: Shape = [1, image.channels, image.height, image.width]
    checkpoint.tensors["pixels.mean"] = numbers("mean", perPixel, seed: 2) { 120 + 10 * $0 }
    checkpoint.tensors["pixels.scale"] = TensorValues([Float(1) / 70], shape: [])

    let states = StateStore()
    let pass = Pass(.training, states: states)
    let pixels = pixels(ExchangeCase.seenImages, seed: 3)
    let scores = model.forward(try normalized(pixels, checkpoint), in: pass)
    if let error = scores.error { throw error }
    for state in states.states {
      checkpoint.tensors[state.name] =
        switch state.role {
        case .weight: state.initial.values(for: state, seed: 4)
        // Factors around 1, offsets around 0.
        default:
          numbers(state.name, state.shape, seed: 5) { noise in
            state.name.hasSuffix("weight") ? 1 + 0.2 * noise : 0.2 * noise
          }
        }
    }
    let assignments = pass.assignments
    // running ← momentum · running + (1 − momentum) · batch, of a running mean of zero.
    let measured = try run(assignments.map(\.value), states.states) { state in
      state.role == .statistic
        ? TensorValues([Float](repeating: 0, count: state.shape.count), shape: state.shape)
        : try checkpoint.required(state.name)
    }
    for (assignment, values) in zip(assignments, measured) {
      let batch = values.elements(as: Float.self).map { $0 / (1 - Float(BatchNorm().momentum)) }
      checkpoint.tensors[assignment.state.name] = TensorValues(batch, shape: values.shape)
    }
    return checkpoint
  }

  private func normalized(_ pixels: TensorValues, _ checkpoint: Checkpoint) throws -> Tensor {
    (Tensor(pixels) - Tensor(try checkpoint.required("pixels.mean")))
      * Tensor(try checkpoint.required("pixels.scale"))
  }

  /// Integers from 0 to 255.
  private func pixels(_ count: Int, seed: UInt64) -> TensorValues {
    let shape: Shape = [count, image.channels, image.height, image.width]
    return numbers("pixels", shape, seed: seed) { max(0, min(255, (128 + 70 * $0).rounded())) }
  }

  private func numbers(
    _ name: String, _ shape: Shape, seed: UInt64, _ body: (Float) -> Float
  ) -> TensorValues {
    let state = State(name, shape, role: .data, initial: .normal(standardDeviation: 1))
    let normal = state.initial.values(for: state, seed: seed).elements(as: Float.self)
    return TensorValues(normal.map(body), shape: shape)
  }

  private func run(
    _ tensors: [Tensor], _ states: [State], _ values: (State) throws -> TensorValues
  ) throws -> [TensorValues] {
    guard !tensors.isEmpty else { return [] }
    let backend = try BackendChoice.cpu.open().backend
    let executable = try backend.compile(
      Program(name, outputs: tensors.enumerated().map { ("\($0.offset)", $0.element) }))
    for state in states { try backend.write(values(state), to: state) }
    try executable.run(steps: 1)
    return try tensors.indices.map { try executable.output($0) }
  }
}

extension Checkpoint {
  fileprivate func required(_ name: String) throws -> TensorValues {
    guard let values = tensors[name] else {
      throw CheckpointError(.unusable, path: "the checkpoint", "has no '\(name)'")
    }
    return values
  }
}
