import Lemnos
import Training

extension RunConfiguration {
  /// - Throws: `Failure` for a new run whose adapters would be beside a network that has learned nothing.
  func checkAdaptedNetwork() throws {
    guard self.lora != nil, from == nil else { return }
    throw Failure(
      "--lora leaves a network as it is, and this run has none that has learned: name its checkpoint, by --from",
      code: 64)
  }

  /// The same without adapters: that of their network, or of what they are merged into.
  var withoutAdapters: RunConfiguration {
    var other = self
    (other.training.lora, other.training.loraTargets, other.training.loraTrained) = (nil, [], [])
    return other
  }

  /// True for a parameter of the network that is trained beside adapters.
  func isTrained(besideAdapters name: String) -> Bool {
    self.loraTrained.contains { NamePattern($0).matches(name) }
  }

  /// The names and layouts of a checkpoint's network in transformers.
  ///
  /// - Parameter input: the size of images, if the checkpoint does not say it.
  /// - Throws: `Failure` for a network that has no counterpart there.
  func huggingFaceModel(
    of file: Checkpoint, path: String, input: ImageShape? = nil
  ) throws -> HuggingFaceModel {
    switch model {
    case .gpt:
      return try HuggingFaceModel(LanguageTask.gpt(try LanguageTask.tokenizer(in: file, path: path), self))
    case .bert:
      let task = try TextClassificationTask(of: file, path: path, self)
      return HuggingFaceModel(
        TextClassificationTask.net(task.tokenizer, classes: task.classNames.count, self),
        classNames: task.classNames)
    case .vit:
      let classes = try classes(in: file, path: path)
      guard let net = makeModel(classes: classes) as? ViT, let image = input ?? ModelIdentity.shape(in: file)
      else {
        throw CheckpointError(.unusable, path: path, "does not say what its images are; give --input CxHxW")
      }
      return try HuggingFaceModel(net, image: image, classNames: (0..<classes).map(String.init))
    default:
      throw Failure(
        "\(model.inWords) has no counterpart in transformers, whose networks PEFT's adapters are of: --to merged makes a "
          + "network of it and its adapters", code: 64)
    }
  }
}
