public import Checkpoints
public import Datasets
import Files
public import Models
import Tensors

/// The names, layouts and settings of a network in Hugging Face's transformers.
///
///     let model = try HuggingFaceModel(net)
///     try model.write(checkpoint, to: "folder", tokenizer: tokenizer.json)     // AutoModelForCausalLM.from_pretrained("folder")
public struct HuggingFaceModel {
  let config: ModelConfig
  let layouts: [WeightLayout]
  /// Vectors of zeros that theirs has and this does not.
  private let zeros: [String: Int]
  /// The size of images; nil for another model.
  private let image: ImageShape?
  /// What precedes the names of the body, the network without its last layer; files of the body alone lack it.
  private let body: String
  /// Their last layer, if its matrix is the table of tokens.
  private let tied: (head: String, table: String)?

  /// A language model: `GPT2LMHeadModel` or `LlamaForCausalLM`.
  ///
  /// Biases that the network leaves out and GPT-2 has are written as zeros.
  ///
  /// - Parameter endOfText: the token that ends texts, for `config.json`; nil for none.
  /// - Throws: `ExchangeError` for an arrangement that is neither.
  public init(_ net: GPT, endOfText: Int32? = nil) throws(ExchangeError) {
    config = try net.config(endOfText: endOfText)
    layouts = net.layouts
    let isGPT2 = net.arrangement == .gpt2
    image = nil
    zeros = isGPT2 && !net.hasBias ? net.missingBiases : [:]
    body = isGPT2 ? "transformer." : "model."
    tied =
      net.isTied ? ("lm_head.weight", isGPT2 ? "transformer.wte.weight" : "model.embed_tokens.weight") : nil
  }

  /// An image classifier: `ViTForImageClassification`.
  ///
  /// - Parameters:
  ///   - image: the size of its images.
  ///   - classNames: the names of its classes, for `config.json`.
  /// - Throws: `ExchangeError` for a network without a class token.
  public init(_ net: ViT, image: ImageShape, classNames: [String]) throws(ExchangeError) {
    config = try net.config(image: image, classNames: classNames)
    (layouts, body, self.image) = (net.layouts(image: image), "vit.", image)
    (zeros, tied) = ([:], nil)
  }

  /// A classifier of texts: `BertForSequenceClassification`.
  ///
  /// - Parameters:
  ///   - classNames: the names of its classes, for `config.json`.
  ///   - padding: the token that fills up texts; nil for none.
  public init(_ net: BERT, classNames: [String], padding: Int32? = nil) {
    config = net.config(classNames: classNames, padding: padding)
    (layouts, body, image) = (net.layouts, "bert.", nil)
    (zeros, tied) = ([:], nil)
  }

  /// A checkpoint of the network with their weights.
  ///
  /// Numbers of 16 bits become float32, float64 is rounded.
  ///
  /// - Parameters:
  ///   - file: the tensors by their names there.
  ///   - path: of their folder, for errors.
  /// - Throws: `ExchangeError` for a tensor that is missing, of another shape, not finite, or unknown.
  public func imported(_ file: Checkpoint, path: String) throws(ExchangeError) -> Checkpoint {
    var rest = named(file.tensors)
    var tensors: [String: TensorValues] = [:]
    for layout in layouts {
      var parts: [TensorValues] = []
      for part in layout.parts {
        guard let values = rest.removeValue(forKey: part.name) else {
          throw ExchangeError(
            "\(path): there is no '\(part.name)' in its weights, \(part.shape) by its config.json: they are of another model"
          )
        }
        guard values.shape == part.shape, values.dtype.isFloating else {
          throw ExchangeError(
            "\(path): its weights hold '\(part.name)' as \(values.dtype)\(values.shape), but by its config.json it is "
              + "\(part.shape)")
        }
        if let fault = values.nonFinite {
          throw ExchangeError("\(path): its weights hold \(fault) in '\(part.name)': its network is broken")
        }
        parts.append(values.converted(to: .float32))
      }
      tensors[layout.name] = layout.joined(parts)
    }
    if let tied, let head = rest.removeValue(forKey: tied.head), head != named(file.tensors)[tied.table] {
      throw ExchangeError(
        "\(path): its config.json says that '\(tied.head)' is '\(tied.table)' ('tie_word_embeddings'), but its weights hold "
          + "another one")
    }
    if let name = rest.keys.min() {
      throw ExchangeError(
        "\(path): there is '\(name)' in its weights, which no \(config.typeName) of its config.json has")
    }
    return Checkpoint(tensors: tensors)
  }

  /// The same with the normalization of pixels from 0 to 1.
  public func imported(
    _ file: Checkpoint, normalization: ChannelNormalization, path: String
  ) throws(ExchangeError) -> Checkpoint {
    var checkpoint = try imported(file, path: path)
    if let image {
      let (mean, scale) = try normalization.states(channels: image.channels)
      (checkpoint.tensors[PixelTransform.meanName], checkpoint.tensors[PixelTransform.scaleName]) = (
        mean, scale
      )
    }
    return checkpoint
  }

  /// Names with what precedes those of the body, if none has it.
  private func named(_ tensors: [String: TensorValues]) -> [String: TensorValues] {
    guard !tensors.keys.contains(where: { $0.hasPrefix(body) }) else { return tensors }
    let heads = Set(
      layouts.flatMap(\.parts).map(\.name).filter { !$0.hasPrefix(body) } + [tied?.head].compactMap { $0 })
    return Dictionary(
      tensors.map { (heads.contains($0.key) ? $0.key : body + $0.key, $0.value) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The weights by their names there, float32.
  ///
  /// - Throws: `ExchangeError` if the checkpoint is of another network.
  public func exported(_ checkpoint: Checkpoint) throws -> Checkpoint {
    let checkpoint = try checkpoint.mergingAdapters(path: "the checkpoint")
    var tensors: [String: TensorValues] = [:]
    for layout in layouts {
      let state = State(layout.name, layout.shape, role: .weight)
      for (part, values) in zip(layout.parts, layout.split(try checkpoint.exportedValues(of: state))) {
        tensors[part.name] = values
      }
    }
    for (name, count) in zeros {
      tensors[name] = TensorValues([Float](repeating: 0, count: count), shape: [count])
    }
    // transformers asks for this "format".
    return Checkpoint(tensors: tensors, metadata: ["format": "pt"])
  }

  /// Writes `config.json`, `model.safetensors` and, if there is one, `tokenizer.json` into a folder.
  ///
  /// - Parameters:
  ///   - tokenizer: the content of `tokenizer.json`.
  ///   - specialTokens: its tokens by what they are for there, such as `pad_token`.
  /// - Throws: `ExchangeError` if the checkpoint is of another network; `CheckpointError` or `FileError` if a file cannot be
  ///   written.
  public func write(
    _ checkpoint: Checkpoint, to folder: String, tokenizer: [UInt8]? = nil,
    specialTokens: [String: String] = [:]
  ) throws {
    let weights = try exported(checkpoint)
    if let tokenizer {
      try DurableFile.write([tokenizer], to: "\(folder)/tokenizer.json")
      var values = specialTokens.mapValues { ConfigValue.text($0) }
      values["tokenizer_class"] = .text("PreTrainedTokenizerFast")
      let kind = ModelConfig(values)
      try DurableFile.write([kind.json], to: "\(folder)/tokenizer_config.json")
    }
    if let image {
      let processor = try checkpoint.processor(of: image)
      try DurableFile.write([processor.json], to: "\(folder)/preprocessor_config.json")
    }
    try weights.write(to: "\(folder)/model.safetensors")
    try DurableFile.write([config.json], to: "\(folder)/config.json")
  }
}

extension Checkpoint {
  /// The normalization of pixels, as `preprocessor_config.json` says it.
  ///
  /// - Throws: `ExchangeError` if pixels are not normalized by channels.
  fileprivate func processor(of image: ImageShape) throws(ExchangeError) -> ModelConfig {
    let perChannel: Shape = [1, image.channels, 1, 1]
    guard let mean = tensors[PixelTransform.meanName], let scale = tensors[PixelTransform.scaleName],
      mean.shape == perChannel, scale.shape == perChannel
    else {
      throw ExchangeError(
        "the checkpoint normalizes pixels by a mean image, and transformers by channels: train with --normalize per-channel"
      )
    }
    return ModelConfig([
      "image_processor_type": .text("ViTImageProcessor"), "do_resize": .flag(true),
      "size": .members(["height": .whole(image.height), "width": .whole(image.width)]),
      "resample": .whole(2), "do_rescale": .flag(true), "rescale_factor": .number(1 / 255),
      "do_normalize": .flag(true), "image_mean": .list(mean.doubles.map { .number($0 / 255) }),
      "image_std": .list(scale.doubles.map { .number(1 / ($0 * 255)) }),
    ])
  }
}

extension ModelConfig {
  fileprivate var typeName: String {
    if case .text(let type)? = self["model_type"] { type } else { "model" }
  }
}

extension GPT {
  /// The biases of GPT-2 that a network without any lacks, by their names there.
  fileprivate var missingBiases: [String: Int] {
    var biases: [String: Int] = ["transformer.ln_f.bias": channels]
    for number in 0..<blocks {
      let block = "transformer.h.\(number)"
      let own = [
        "ln_1": channels, "attn.c_attn": 3 * channels, "attn.c_proj": channels, "ln_2": channels,
        "mlp.c_fc": mlpWidth, "mlp.c_proj": channels,
      ]
      for (name, count) in own { biases["\(block).\(name).bias"] = count }
    }
    return biases
  }
}
