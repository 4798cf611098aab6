import Models
import Tensors

// `BertForSequenceClassification` of Hugging Face's transformers: names, layouts and settings.

extension BERT {
  /// A `BertForSequenceClassification`, without its dropout.
  init(bert config: ModelConfig) throws(ExchangeError) {
    try config.require("position_embedding_type", .text("absolute"))
    try config.require("is_decoder", .flag(false))
    let (channels, heads) = (
      try config.size("hidden_size", usual: 768), try config.size("num_attention_heads", usual: 12)
    )
    try config.checkHeads(heads, of: channels)
    self.init(
      vocabulary: try config.size("vocab_size"),
      context: try config.size("max_position_embeddings", usual: 512),
      classes: try config.classNames().count,
      blocks: try config.size("num_hidden_layers", usual: 12, atMost: 1 << 12),
      heads: heads,
      channels: channels, mlpWidth: try config.size("intermediate_size", usual: 4 * channels),
      types: try config.size("type_vocab_size", usual: 2), gelu: try config.gelu(),
      epsilon: try config.number("layer_norm_eps", usual: 1e-12))
  }

  /// What `config.json` says of it.
  ///
  /// - Parameter padding: the token that fills up texts, whose vector is not learned there; nil for none.
  func config(classNames: [String], padding: Int32?) -> ModelConfig {
    var values: [String: ConfigValue] = [
      "model_type": .text("bert"), "architectures": .list([.text("BertForSequenceClassification")]),
      "dtype": .text("float32"), "vocab_size": .whole(vocabulary), "max_position_embeddings": .whole(context),
      "hidden_size": .whole(channels), "num_attention_heads": .whole(heads),
      "num_hidden_layers": .whole(blocks), "intermediate_size": .whole(mlpWidth),
      "type_vocab_size": .whole(types), "pad_token_id": padding.map { .whole(Int($0)) } ?? .null,
      "hidden_act": .text(gelu.configName),
      "layer_norm_eps": .number(epsilon), "hidden_dropout_prob": .number(dropout),
      "attention_probs_dropout_prob": .number(dropout),
    ]
    values.merge(ModelConfig.labels(classNames)) { $1 }
    return ModelConfig(values)
  }

  /// Where its parameters are there.
  var layouts: [WeightLayout] {
    let own = "bert"
    var layouts = [
      WeightLayout("tokens.weight", [vocabulary, channels], as: "\(own).embeddings.word_embeddings.weight"),
      WeightLayout(
        "positions.weight", [context, channels], as: "\(own).embeddings.position_embeddings.weight"),
      WeightLayout("types.weight", [types, channels], as: "\(own).embeddings.token_type_embeddings.weight"),
    ]
    layouts += WeightLayout.vector("norm", channels, "\(own).embeddings.LayerNorm")
    for number in 0..<blocks {
      let (block, other) = ("block\(number)", "\(own).encoder.layer.\(number)")
      let attention = "\(other).attention"
      layouts += WeightLayout.dense(
        "\(block).attention.qkv", channels,
        ["query", "key", "value"].map { ("\(attention).self.\($0)", channels) })
      layouts += WeightLayout.dense(
        "\(block).attention.out", channels, [("\(attention).output.dense", channels)])
      layouts += WeightLayout.vector("\(block).norm1", channels, "\(attention).output.LayerNorm")
      layouts += WeightLayout.dense("\(block).mlp1", channels, [("\(other).intermediate.dense", mlpWidth)])
      layouts += WeightLayout.dense("\(block).mlp2", mlpWidth, [("\(other).output.dense", channels)])
      layouts += WeightLayout.vector("\(block).norm2", channels, "\(other).output.LayerNorm")
    }
    return layouts + WeightLayout.dense("pooler", channels, [("\(own).pooler.dense", channels)])
      + WeightLayout.dense("head", channels, [("classifier", classes)])
  }
}
