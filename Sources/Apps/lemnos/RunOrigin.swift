import Lemnos
import Tensors

/// The checkpoint with the initial parameters of a new run.
struct RunOrigin {
  let path: String
  private var checkpoint: Checkpoint
  private let configuration: RunConfiguration
  /// True if its mean image was replaced by channel means, because the run's images have another size.
  private var isAveraged = false

  private static let (mean, scale) = ("pixels.mean", "pixels.scale")

  /// - Throws: `CheckpointError`, also for a file that was not written by a run.
  init(_ path: String) throws {
    self.path = path
    checkpoint = try Checkpoint(modelIn: path)
    configuration = try RunConfiguration(of: checkpoint, path: path)
  }

  /// Makes a run use the checkpoint's form of pixel normalization, if it keeps the checkpoint's statistics.
  ///
  /// - Parameter shape: the shape of the run's images.
  mutating func setNormalization(of run: inout RunConfiguration, for shape: ImageShape) {
    guard run.keepsNormalization == true else { return }
    run.pixels = configuration.pixels
    guard let mean = checkpoint.tensors[Self.mean], mean.dtype.isFloating, mean.shape.rank == 4,
      let scale = checkpoint.tensors[Self.scale], scale.dtype.isFloating, scale.shape.count == 1,
      mean.shape[1] == shape.channels,
      ![[1, 1], [shape.height, shape.width]].contains(Array(mean.shape.dimensions[2...]))
    else { return }
    let plane = max(mean.shape[2] * mean.shape[3], 1)
    let pixels = mean.doubles
    let perChannel: Shape = [1, shape.channels, 1, 1]
    let means = (0..<shape.channels).map { channel in
      pixels[channel * plane..<(channel + 1) * plane].reduce(0, +) / Double(plane)
    }
    checkpoint.tensors[Self.mean] = TensorValues(means.map { Float($0) }, shape: perChannel)
    checkpoint.tensors[Self.scale] = TensorValues(
      [Float](repeating: Float(scale.doubles[0]), count: shape.channels), shape: perChannel)
    (run.pixels, isAveraged) = (.perChannel, true)
  }

  /// The network and the tokens of the checkpoint's language model, except for what was chosen.
  ///
  /// - Parameters:
  ///   - run: a run that may be of another network.
  ///   - isChosen: whether an option, without its dashes, is on the command line.
  /// - Returns: the checkpoint with its tokenizer, if the run's texts are to become its tokens.
  func setNetwork(of run: inout RunConfiguration, unless isChosen: (String) -> Bool) -> Checkpoint? {
    guard [.gpt, .vit, .bert].contains(run.model), configuration.model == run.model else { return nil }
    run.setNetwork(of: configuration, unless: isChosen)
    guard run.model != .vit, !isChosen("tokenizer") else { return nil }
    var tokens = checkpoint
    // How long its texts were is not how long these are.
    tokens.metadata[TextClassificationTask.lengthKey] = nil
    return tokens
  }

  /// The images with labels in the checkpoint's class order, if both have the same set of classes.
  ///
  /// Other classes are a transfer to another task: the labels stay, and the output layer is initialized anew.
  func matched(_ images: Dataset) throws -> Dataset {
    guard let names = ModelIdentity.classNames(in: checkpoint), names.count == images.classNames.count,
      Set(names) == Set(images.classNames)
    else { return images }
    return try images.matched(to: names)
  }

  /// Loads a run's initial parameters, and reports those that are not from the checkpoint.
  ///
  /// - Returns: the pixel normalization, in one sentence; nil for a run without pixels.
  func begin(_ trainer: Trainer, _ run: RunConfiguration) throws -> String? {
    let keeps = run.keepsNormalization == true
    let all = try trainer.start(from: checkpoint, path: path, keepingNormalization: keeps)
    let fresh = all.filter { $0 != Self.mean && $0 != Self.scale }
    // Parameters of equal shape that were not loaded belong to other classes.
    let foreign = fresh.filter { trainer.states[$0]?.shape == checkpoint.tensors[$0]?.shape }
    let missing = fresh.filter { !foreign.contains($0) }
    if !missing.isEmpty {
      Terminal.writeError("lemnos: \(path) has no fitting \(missing.joined(separator: ", ")): new\n")
    }
    if !foreign.isEmpty {
      Terminal.writeError(
        "lemnos: \(path) has \(foreign.joined(separator: ", ")) for other classes: new\n")
    }
    guard ![.text, .labeledTexts, .table].contains(run.model.takes) else { return nil }
    let form = run.pixels.rawValue
    guard keeps, fresh.count == all.count else { return "\(form), by the images of this run." }
    return isAveraged
      ? "\(form), by the means of the channels in \(path), whose mean image is of another size."
      : "\(form), by the numbers in \(path)."
  }
}
