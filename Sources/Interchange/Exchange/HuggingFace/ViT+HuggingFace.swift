import Datasets
import Layers
import Models
import Tensors

// `ViTForImageClassification` of Hugging Face's transformers: names, layouts and settings.

extension ViT {
  /// A `ViTForImageClassification`, without its dropout.
  init(vit config: ModelConfig) throws(ExchangeError) {
    try config.require("qkv_bias", .flag(true))
    let (channels, heads) = (
      try config.size("hidden_size", usual: 768), try config.size("num_attention_heads", usual: 12)
    )
    try config.checkHeads(heads, of: channels)
    let (patch, image) = (try config.size("patch_size", usual: 16, atMost: 1 << 10), try config.imageShape())
    guard image.height.isMultiple(of: patch), image.width.isMultiple(of: patch) else {
      throw ExchangeError(
        "\(config.path): its patches of \(patch)×\(patch) pixels do not divide its images of \(image.height)×\(image.width)"
      )
    }
    self.init(
      classes: try config.classNames().count, patch: patch,
      blocks: try config.size("num_hidden_layers", usual: 12, atMost: 1 << 12),
      heads: heads, channels: channels, mlpWidth: try config.size("intermediate_size", usual: 4 * channels),
      pooling: .classToken, gelu: try config.gelu(),
      epsilon: try config.number("layer_norm_eps", usual: 1e-12))
  }

  /// What `config.json` says of it.
  ///
  /// - Throws: `ExchangeError` for a network without a class token.
  func config(image: ImageShape, classNames: [String]) throws(ExchangeError) -> ModelConfig {
    guard pooling == .classToken else {
      throw ExchangeError(
        "a vit that tells by the mean of its patches has no counterpart in transformers, where a class token is looked at; "
          + "--pooling class-token has one")
    }
    let size: ConfigValue =
      image.height == image.width
      ? .whole(image.height) : .list([.whole(image.height), .whole(image.width)])
    var values: [String: ConfigValue] = [
      "model_type": .text("vit"), "architectures": .list([.text("ViTForImageClassification")]),
      "dtype": .text("float32"), "hidden_size": .whole(channels), "num_attention_heads": .whole(heads),
      "num_hidden_layers": .whole(blocks), "intermediate_size": .whole(mlpWidth), "image_size": size,
      "patch_size": .whole(patch), "num_channels": .whole(image.channels), "qkv_bias": .flag(true),
      "hidden_act": .text(gelu.configName), "layer_norm_eps": .number(epsilon),
      "hidden_dropout_prob": .number(dropout), "attention_probs_dropout_prob": .number(dropout),
    ]
    values.merge(ModelConfig.labels(classNames)) { $1 }
    return ModelConfig(values)
  }

  /// Where its parameters are there.
  func layouts(image: ImageShape) -> [WeightLayout] {
    let (own, places) = ("vit", image.height / patch * (image.width / patch) + 1)
    var layouts = [
      WeightLayout("class_token", [1, 1, channels], as: "\(own).embeddings.cls_token"),
      WeightLayout(
        "positions.weight", [places, channels], as: "\(own).embeddings.position_embeddings",
        shaped: [1, places, channels]),
      WeightLayout(
        "patches.weight", [channels, image.channels, patch, patch],
        as: "\(own).embeddings.patch_embeddings.projection.weight"),
      WeightLayout("patches.bias", [channels], as: "\(own).embeddings.patch_embeddings.projection.bias"),
    ]
    for number in 0..<blocks {
      let (block, other) = ("block\(number)", "\(own).encoder.layer.\(number)")
      layouts += WeightLayout.vector("\(block).norm1", channels, "\(other).layernorm_before")
      let attention = "\(other).attention"
      layouts += WeightLayout.dense(
        "\(block).attention.qkv", channels,
        ["query", "key", "value"].map { ("\(attention).attention.\($0)", channels) })
      layouts += WeightLayout.dense(
        "\(block).attention.out", channels, [("\(attention).output.dense", channels)])
      layouts += WeightLayout.vector("\(block).norm2", channels, "\(other).layernorm_after")
      layouts += WeightLayout.dense("\(block).mlp1", channels, [("\(other).intermediate.dense", mlpWidth)])
      layouts += WeightLayout.dense("\(block).mlp2", mlpWidth, [("\(other).output.dense", channels)])
    }
    return layouts + WeightLayout.vector("norm", channels, "\(own).layernorm")
      + WeightLayout.dense("head", channels, [("classifier", classes)])
  }
}

extension ModelConfig {
  /// The size of the images of a vision model.
  func imageShape() throws(ExchangeError) -> ImageShape {
    let channels = try size("num_channels", usual: 3, atMost: 1 << 8)
    guard case .list(let sides)? = self["image_size"] else {
      let side = try size("image_size", usual: 224, atMost: 1 << 14)
      return ImageShape(channels: channels, height: side, width: side)
    }
    guard sides.count == 2, case .whole(let height) = sides[0], case .whole(let width) = sides[1],
      (1...1 << 14).contains(height), (1...1 << 14).contains(width)
    else { throw ExchangeError("\(path): 'image_size' is no size of images, such as 224 or [224, 224]") }
    return ImageShape(channels: channels, height: height, width: width)
  }

  /// The form of GELU of an encoder.
  func gelu() throws(ExchangeError) -> GELU.Form {
    let forms = GELU.Form.allCases.map { ConfigValue.text($0.configName) } + [.text("gelu_new")]
    try require("hidden_act", forms)
    return self["hidden_act"] == nil || self["hidden_act"] == .text("gelu") ? .exact : .tanh
  }

  /// The members that name classes.
  static func labels(_ names: [String]) -> [String: ConfigValue] {
    let numbered = names.enumerated().map { ("\($0.offset)", ConfigValue.text($0.element)) }
    let numbers = names.enumerated().map { ($0.element, ConfigValue.whole($0.offset)) }
    return [
      "id2label": .members(Dictionary(numbered) { $1 }), "label2id": .members(Dictionary(numbers) { $1 }),
      "num_labels": .whole(names.count),
    ]
  }
}

extension GELU.Form {
  /// Its name in `config.json`.
  var configName: String { self == .exact ? "gelu" : "gelu_pytorch_tanh" }
}

extension WeightLayout {
  /// A layer norm's factors and biases.
  static func vector(_ name: String, _ channels: Int, _ other: String) -> [WeightLayout] {
    ["weight", "bias"].map { WeightLayout("\(name).\($0)", [channels], as: "\(other).\($0)") }
  }

  /// A dense layer with biases, whose units are those of several there.
  static func dense(
    _ name: String, _ inputs: Int, _ others: [(name: String, units: Int)]
  ) -> [WeightLayout] {
    let units = others.reduce(0) { $0 + $1.units }
    return [
      WeightLayout(
        "\(name).weight", [inputs, units], transposedAs: others.map { ("\($0.name).weight", $0.units) }),
      WeightLayout("\(name).bias", joined: others.map { ("\($0.name).bias", $0.units) }),
    ]
  }
}
