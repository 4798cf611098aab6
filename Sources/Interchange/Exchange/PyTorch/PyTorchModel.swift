public import Checkpoints
public import Datasets
public import Layers
import Models
import Tensors

/// The names and layouts of a model's parameters and statistics in PyTorch.
///
/// Names are equal; dense weights are transposed, `[units, inputs]`. Torchvision's VGG has biases in
/// convolutions followed by batch normalization: exported as zeros, and folded into the running means on
/// import.
///
///     let pytorch = try PyTorchModel(of: net, input: ImageShape(channels: 3, height: 32, width: 32))
///     try pytorch.exported(checkpoint).write(to: "net.pytorch.safetensors")
public struct PyTorchModel {
  private let parts: [Pass.Part]
  /// The shape of a batch of one image.
  let images: Shape
  /// True if torchvision has biases in convolutions that have none here.
  private let hasFurtherBiases: Bool

  /// - Throws: `GraphError` if the model does not take such images.
  public init(of model: some Layer, input: ImageShape) throws {
    let pass = Pass(.evaluation, states: StateStore())
    images = [1, input.channels, input.height, input.width]
    if let error = model.forward(State("input", images, role: .data).value, in: pass).error { throw error }
    parts = pass.parts
    hasFurtherBiases = model is VGG
  }

  /// The state dictionary of `load_state_dict`, and as metadata the pixel normalization: `pixels.mean`,
  /// `pixels.scale` (JSON).
  ///
  /// - Throws: `ExchangeError` if the checkpoint is of another model.
  public func exported(_ checkpoint: Checkpoint) throws -> Checkpoint {
    let checkpoint = try checkpoint.mergingAdapters(path: "the checkpoint")
    var tensors: [String: TensorValues] = [:]
    for part in parts {
      for state in part.states {
        let values = try checkpoint.exportedValues(of: state)
        tensors[state.name] = part.isTransposed(state) ? values.transposed : values
      }
      if hasFurtherBiases, let (name, weight) = part.missingBias {
        let filters = weight.shape[0]
        tensors[name] = TensorValues([Float](repeating: 0, count: filters), shape: [filters])
      }
    }
    // The package safetensors writes this "format" itself.
    var metadata = ["format": "pt"]
    for name in [PixelTransform.meanName, PixelTransform.scaleName] {
      metadata[name] = checkpoint.tensors[name]?.json
    }
    metadata.merge(checkpoint.identity) { $1 }
    return Checkpoint(tensors: tensors, metadata: metadata)
  }

  /// A checkpoint from a model saved by PyTorch.
  ///
  /// Names may have prefixes of its wrappers: `module.`, `_orig_mod.`, `model.`. float64 is rounded to
  /// float32.
  ///
  /// - Parameter normalization: of pixels from 0 to 1, as torchvision's `Normalize` takes it; nil for the
  ///   one recorded by `exported`.
  /// - Throws: `ExchangeError` if the file is of another model, has non-finite numbers, or no normalization
  ///   is known.
  public func imported(_ file: Checkpoint, normalization: ChannelNormalization?) throws -> Checkpoint {
    let file = file.withoutWrapperNames(of: parts.flatMap(\.states).map(\.name)).checkpoint
    var rest = file.tensors.mapValues(\.inFloat32)
    var tensors: [String: TensorValues] = [:]
    for part in parts {
      for state in part.states {
        guard let values = rest.removeValue(forKey: state.name) else {
          throw ExchangeError("there is no '\(state.name)' in it: it is of another model")
        }
        let isTransposed = part.isTransposed(state) && values.shape.rank == 2
        let own = isTransposed ? values.transposed : values
        guard own.shape == state.shape, own.dtype == state.dtype else {
          throw ExchangeError(
            "it holds '\(state.name)' as \(values.dtype)\(values.shape), but this model and its images need "
              + "\(state.dtype)\(isTransposed ? Shape(state.shape.dimensions.reversed()) : state.shape)")
        }
        tensors[state.name] = own
      }
    }
    for (part, next) in zip(parts, parts.dropFirst()) {
      guard let (name, _) = part.missingBias, let bias = rest.removeValue(forKey: name) else { continue }
      try PyTorchModel.fold(bias, named: name, into: next, &tensors)
    }
    // The batch counter, which does not affect scores.
    rest = rest.filter { !$0.key.hasSuffix(".num_batches_tracked") }
    if let name = rest.keys.min() {
      throw ExchangeError("there is '\(name)' in it, which this model does not have: it is of another one")
    }
    for (name, values) in tensors.sorted(by: { $0.key < $1.key }) {
      guard let fault = values.nonFinite else { continue }
      throw ExchangeError("it holds \(fault) in '\(name)': its network is broken")
    }
    let (mean, scale) = try pixels(of: file, normalization)
    tensors[PixelTransform.meanName] = mean
    tensors[PixelTransform.scaleName] = scale
    return Checkpoint(tensors: tensors, metadata: file.identity)
  }

  /// Folds a bias into the running mean: γ (y + b − μ) / σ + β is the same with μ − b for μ.
  private static func fold(
    _ bias: TensorValues, named name: String, into part: Pass.Part, _ tensors: inout [String: TensorValues]
  ) throws {
    let mean = "\(part.path).running_mean"
    guard let values = tensors[mean], values.shape == bias.shape, bias.dtype == .float32 else {
      throw ExchangeError("there is '\(name)' in it, but this model's convolution has no bias there")
    }
    let numbers = zip(values.elements(as: Float.self), bias.elements(as: Float.self)).map { $0 - $1 }
    tensors[mean] = TensorValues(numbers, shape: values.shape)
  }
}

extension Pass.Part {
  /// True if PyTorch's layout is `[units, inputs]`.
  fileprivate func isTransposed(_ state: State) -> Bool { kind == "\(Dense.self)" && state.role == .weight }

  /// The name that a convolution's bias would have, and its weight, if it has no bias.
  fileprivate var missingBias: (name: String, weight: State)? {
    guard kind == "\(Convolution2D.self)", states.count == 1, let weight = states.first else { return nil }
    return ("\(path).bias", weight)
  }
}

extension TensorValues {
  /// Floating-point numbers as float32; others unchanged.
  fileprivate var inFloat32: TensorValues { dtype.isFloating ? converted(to: .float32) : self }

  /// The transpose of a matrix.
  fileprivate var transposed: TensorValues {
    let (rows, columns, size) = (shape[0], shape[1], dtype.byteCount)
    var result = [UInt8](repeating: 0, count: bytes.count)
    for row in 0..<rows {
      for column in 0..<columns {
        let (from, to) = ((row * columns + column) * size, (column * rows + row) * size)
        for byte in 0..<size { result[to + byte] = bytes[from + byte] }
      }
    }
    return TensorValues(bytes: result, shape: [columns, rows], dtype: dtype)
  }
}
