public import Checkpoints
import Files
import FoundationEssentials
public import Datasets
public import Models

/// The folder of a model as Hugging Face's transformers saves it: `config.json`, and the weights in `model.safetensors`, or in several
/// files that `model.safetensors.index.json` lists.
///
///     let folder = try HuggingFaceFolder("gpt2")
///     let net = try folder.gpt()
///     let checkpoint = try HuggingFaceModel(net).imported(folder.weights(), path: folder.path)
public struct HuggingFaceFolder {
  public let path: String

  /// The kind of model by its `config.json`, such as `gpt2` or `llama`.
  public let modelType: String

  let config: ModelConfig

  /// - Throws: `ExchangeError` if there is no `config.json`, or it names no type of model.
  public init(_ path: String) throws(ExchangeError) {
    try self.init(path, ModelConfig(contentsOf: "\(path)/config.json"))
  }

  /// A folder of which only the configuration is known.
  package init(config json: [UInt8], path: String) throws(ExchangeError) {
    try self.init(path, ModelConfig(json: json, path: "\(path)/config.json"))
  }

  private init(_ path: String, _ config: ModelConfig) throws(ExchangeError) {
    (self.path, self.config) = (path, config)
    guard case .text(let type)? = config["model_type"] else {
      throw ExchangeError(
        "\(config.path): there is no 'model_type' in it, which says what the model is: gpt2, say")
    }
    modelType = type
  }

  private static let single = "model.safetensors"
  private static let index = "model.safetensors.index.json"

  /// All tensors, under their names there; numbers of 16 bits as they are in the files.
  ///
  /// - Throws: `ExchangeError` if there are no weights, a file that the index lists is missing, or a tensor is not in the file that the
  ///   index says; `CheckpointError` for a file that cannot be read.
  public func weights() throws -> Checkpoint {
    let list = "\(path)/\(Self.index)"
    guard FolderListing.size(of: list) != nil else {
      guard FolderListing.size(of: "\(path)/\(Self.single)") != nil else {
        throw ExchangeError(
          "\(path): there is neither \(Self.single) nor \(Self.index) in it; in Python, model.save_pretrained(folder) "
            + "writes them")
      }
      return try Checkpoint(contentsOf: "\(path)/\(Self.single)") { Self.isBuffer($0) }
    }
    guard let index = try? JSONDecoder().decode(Index.self, from: Data(DurableFile.read(list))) else {
      throw ExchangeError("\(list): it is no JSON with a 'weight_map' from names to files")
    }
    var all = Checkpoint()
    let names = Dictionary(grouping: index.weight_map.keys, by: { index.weight_map[$0] ?? "" })
    for (file, names) in names.sorted(by: { $0.key < $1.key }) {
      let names = names.filter { !Self.isBuffer($0) }.sorted()
      let listed =
        "\(names.first.map { "'\($0)'" } ?? "nothing")\(names.count > 1 ? " and \(names.count - 1) more" : "")"
      // Names of files come from elsewhere: they stay in the folder.
      guard !file.contains("/"), FolderListing.size(of: "\(path)/\(file)") != nil else {
        throw ExchangeError(
          "\(path): there is no file '\(file)' in it, where \(Self.index) has \(listed): copy all parts of the model there"
        )
      }
      let part = try Checkpoint(contentsOf: "\(path)/\(file)") { Self.isBuffer($0) }
      for name in names {
        guard let values = part.tensors[name] else {
          throw ExchangeError(
            "\(path)/\(file): there is no '\(name)' in it, though \(Self.index) says so: its parts are of different models"
          )
        }
        all.tensors[name] = values
      }
    }
    return all
  }

  private struct Index: Decodable {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    let weight_map: [String: String]
  }

  /// True for tensors that are computed from the configuration, and that older versions saved with the weights: causal masks, frequencies,
  /// numbers of positions.
  static func isBuffer(_ name: String) -> Bool {
    [".attn.bias", ".attn.masked_bias", ".rotary_emb.inv_freq", "embeddings.position_ids"].contains {
      name.hasSuffix($0)
    }
  }

  /// The content of `tokenizer.json`; nil if there is none.
  public func tokenizer() throws -> [UInt8]? {
    let file = "\(path)/tokenizer.json"
    return FolderListing.size(of: file) == nil ? nil : try DurableFile.read(file)
  }

  /// The network of an image classifier.
  ///
  /// - Throws: `ExchangeError` for other types of models, and for settings that `ViT` does not have.
  public func vit() throws(ExchangeError) -> ViT {
    guard modelType == "vit" else {
      throw ExchangeError("\(config.path): 'model_type' is '\(modelType)', and not vit")
    }
    return try ViT(vit: config)
  }

  /// The network of a classifier of texts.
  ///
  /// - Throws: `ExchangeError` for other types of models, and for settings that `BERT` does not have.
  public func bert() throws(ExchangeError) -> BERT {
    guard modelType == "bert" else {
      throw ExchangeError("\(config.path): 'model_type' is '\(modelType)', and not bert")
    }
    return try BERT(bert: config)
  }

  /// The size of the images of a vision model.
  public func imageShape() throws(ExchangeError) -> ImageShape { try config.imageShape() }

  /// The names of the classes of a classifier; numbers where it has none.
  public func classNames() throws(ExchangeError) -> [String] { try config.classNames() }

  /// How pixels are normalized, by `preprocessor_config.json`; nil if there is none.
  ///
  /// - Throws: `ExchangeError` for another range of pixels than from 0 to 1.
  public func normalization() throws(ExchangeError) -> ChannelNormalization? {
    let file = "\(path)/preprocessor_config.json"
    guard FolderListing.size(of: file) != nil else { return nil }
    let processor = try ModelConfig(contentsOf: file)
    try processor.require("do_rescale", .flag(true))
    guard abs(try processor.number("rescale_factor", usual: 1 / 255) * 255 - 1) < 1e-6 else {
      throw ExchangeError("\(file): 'rescale_factor' has to be 1 / 255, for pixels from 0 to 1")
    }
    guard try processor.flag("do_normalize", usual: true) else {
      return try ChannelNormalization(mean: [0], deviation: [1])
    }
    return try ChannelNormalization(
      mean: try processor.numbers("image_mean"), deviation: try processor.numbers("image_std"))
  }

  /// The network of a language model.
  ///
  /// - Throws: `ExchangeError` for other types of models, and for settings that `GPT` does not have.
  public func gpt() throws(ExchangeError) -> GPT {
    switch modelType {
    case "gpt2": return try GPT(gpt2: config)
    case "llama": return try GPT(llama: config)
    default:
      throw ExchangeError(
        "\(config.path): 'model_type' is '\(modelType)', but the models that are read are gpt2, llama, vit and bert"
      )
    }
  }
}
