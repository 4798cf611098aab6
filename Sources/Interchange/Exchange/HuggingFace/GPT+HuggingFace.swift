import Models
import Tensors

// The language models of Hugging Face's transformers that are arranged as `GPT` can be: names, layouts and settings.

extension GPT {
  /// A `GPT2LMHeadModel`, without its dropout.
  init(gpt2 config: ModelConfig) throws(ExchangeError) {
    try config.require("activation_function", .text("gelu_new"), .text("gelu_pytorch_tanh"))
    try config.require("scale_attn_weights", .flag(true))
    try config.require("scale_attn_by_inverse_layer_idx", .flag(false))
    try config.require("add_cross_attention", .flag(false))
    let (channels, heads) = (try config.size("n_embd", usual: 768), try config.size("n_head", usual: 12))
    try config.checkHeads(heads, of: channels)
    self.init(
      vocabulary: try config.size("vocab_size"), context: try config.size("n_positions", usual: 1024),
      blocks: try config.size("n_layer", usual: 12, atMost: 1 << 12), heads: heads, channels: channels,
      mlpWidth: try config.size("n_inner", usual: 4 * channels), arrangement: .gpt2,
      epsilon: try config.number("layer_norm_epsilon", usual: 1e-5),
      tied: try config.flag("tie_word_embeddings", usual: true))
  }

  /// A `LlamaForCausalLM`.
  init(llama config: ModelConfig) throws(ExchangeError) {
    try config.require("hidden_act", .text("silu"))
    let (channels, heads) = (try config.size("hidden_size"), try config.size("num_attention_heads"))
    try config.checkHeads(heads, of: channels)
    let shared = try config.size("num_key_value_heads", usual: heads)
    guard heads.isMultiple(of: shared) else {
      throw ExchangeError(
        "\(config.path): 'num_key_value_heads' is \(shared), which does not divide the \(heads) heads")
    }
    try config.require("head_dim", .whole(channels / heads))
    let hasBias = try config.flag("attention_bias", usual: false)
    guard try config.flag("mlp_bias", usual: false) == hasBias else {
      throw ExchangeError(
        "\(config.path): only one of 'attention_bias' and 'mlp_bias' is true, but a network of Lemnos has all biases or none"
      )
    }
    self.init(
      vocabulary: try config.size("vocab_size"),
      context: try config.size("max_position_embeddings", usual: 2048),
      blocks: try config.size("num_hidden_layers", atMost: 1 << 12), heads: heads, keyValueHeads: shared,
      channels: channels,
      mlpWidth: try config.size("intermediate_size"), arrangement: .llama, bias: hasBias,
      rotaryBase: try config.rotaryBase(), epsilon: try config.number("rms_norm_eps", usual: 1e-6),
      tied: try config.flag("tie_word_embeddings", usual: false))
  }

  /// What `config.json` says of it.
  ///
  /// - Throws: `ExchangeError` for a network that is neither.
  func config(endOfText: Int32?) throws(ExchangeError) -> ModelConfig {
    let end = endOfText.map { ConfigValue.whole(Int($0)) } ?? .null
    var values: [String: ConfigValue] = [
      "dtype": .text("float32"), "vocab_size": .whole(vocabulary), "tie_word_embeddings": .flag(isTied),
      "bos_token_id": end, "eos_token_id": end,
    ]
    switch (arrangement, positions) {
    case (.gpt2, .learned) where keyValueHeads == heads:
      let more: [String: ConfigValue] = [
        "model_type": .text("gpt2"), "architectures": .list([.text("GPT2LMHeadModel")]),
        "n_embd": .whole(channels), "n_head": .whole(heads), "n_layer": .whole(blocks),
        "n_positions": .whole(context), "n_inner": .whole(mlpWidth), "activation_function": .text("gelu_new"),
        "layer_norm_epsilon": .number(epsilon), "embd_pdrop": .number(dropout),
        "resid_pdrop": .number(dropout),
        "attn_pdrop": .number(dropout),
      ]
      values.merge(more) { $1 }
    case (.llama, .rotary):
      let more: [String: ConfigValue] = [
        "model_type": .text("llama"), "architectures": .list([.text("LlamaForCausalLM")]),
        "hidden_size": .whole(channels), "intermediate_size": .whole(mlpWidth),
        "num_attention_heads": .whole(heads), "num_key_value_heads": .whole(keyValueHeads),
        "head_dim": .whole(channels / heads), "num_hidden_layers": .whole(blocks),
        "max_position_embeddings": .whole(context), "hidden_act": .text("silu"),
        "rms_norm_eps": .number(epsilon), "attention_bias": .flag(hasBias), "mlp_bias": .flag(hasBias),
        // Versions before 5 read the first, later ones the second.
        "rope_theta": .number(rotaryBase),
        "rope_parameters": .members(["rope_type": .text("default"), "rope_theta": .number(rotaryBase)]),
      ]
      values.merge(more) { $1 }
    default:
      throw ExchangeError(
        "a gpt with the blocks of \(arrangement.rawValue), \(positions.rawValue) positions and \(heads) heads on \(keyValueHeads) of "
          + "keys and values has no counterpart: GPT-2 has learned positions and no shared heads, Llama rotary positions"
      )
    }
    return ModelConfig(values)
  }

  /// Where its parameters are there.
  var layouts: [WeightLayout] {
    arrangement == .gpt2 ? gpt2Layouts : llamaLayouts
  }

  private var gpt2Layouts: [WeightLayout] {
    let own = "transformer"
    var layouts = [
      WeightLayout("tokens.weight", [vocabulary, channels], as: "\(own).wte.weight"),
      WeightLayout("positions.weight", [context, channels], as: "\(own).wpe.weight"),
    ]
    // Their Conv1D has matrices [inputs, units], as here.
    func layer(_ name: String, _ inputs: Int, _ units: Int, _ other: String) {
      layouts.append(WeightLayout("\(name).weight", [inputs, units], as: "\(other).weight"))
      if hasBias { layouts.append(WeightLayout("\(name).bias", [units], as: "\(other).bias")) }
    }
    func norm(_ name: String, _ other: String) {
      layouts.append(WeightLayout("\(name).weight", [channels], as: "\(other).weight"))
      if hasBias { layouts.append(WeightLayout("\(name).bias", [channels], as: "\(other).bias")) }
    }
    for number in 0..<blocks {
      let (block, other) = ("block\(number)", "\(own).h.\(number)")
      norm("\(block).norm1", "\(other).ln_1")
      layer("\(block).attention.qkv", channels, 3 * channels, "\(other).attn.c_attn")
      layer("\(block).attention.out", channels, channels, "\(other).attn.c_proj")
      norm("\(block).norm2", "\(other).ln_2")
      layer("\(block).mlp1", channels, mlpWidth, "\(other).mlp.c_fc")
      layer("\(block).mlp2", mlpWidth, channels, "\(other).mlp.c_proj")
    }
    norm("norm", "\(own).ln_f")
    return layouts + scoresLayout
  }

  private var llamaLayouts: [WeightLayout] {
    let own = "model"
    var layouts = [WeightLayout("tokens.weight", [vocabulary, channels], as: "\(own).embed_tokens.weight")]
    func layer(_ name: String, _ inputs: Int, _ others: [(name: String, units: Int)]) {
      let units = others.reduce(0) { $0 + $1.units }
      layouts.append(
        WeightLayout(
          "\(name).weight", [inputs, units], transposedAs: others.map { ("\($0.name).weight", $0.units) }))
      guard hasBias else { return }
      layouts.append(WeightLayout("\(name).bias", joined: others.map { ("\($0.name).bias", $0.units) }))
    }
    func norm(_ name: String, _ other: String) {
      layouts.append(WeightLayout("\(name).weight", [channels], as: "\(other).weight"))
    }
    // Angles turn channel i with channel i + d / 2, there as here.
    let shared = channels / heads * keyValueHeads
    for number in 0..<blocks {
      let (block, other) = ("block\(number)", "\(own).layers.\(number)")
      norm("\(block).norm1", "\(other).input_layernorm")
      let attention = "\(other).self_attn"
      layer(
        "\(block).attention.qkv", channels,
        [("\(attention).q_proj", channels), ("\(attention).k_proj", shared), ("\(attention).v_proj", shared)])
      layer("\(block).attention.out", channels, [("\(attention).o_proj", channels)])
      norm("\(block).norm2", "\(other).post_attention_layernorm")
      layer("\(block).mlp.gate", channels, [("\(other).mlp.gate_proj", mlpWidth)])
      layer("\(block).mlp.up", channels, [("\(other).mlp.up_proj", mlpWidth)])
      layer("\(block).mlp.down", mlpWidth, [("\(other).mlp.down_proj", channels)])
    }
    norm("norm", "\(own).norm")
    return layouts + scoresLayout
  }

  private var scoresLayout: [WeightLayout] {
    isTied
      ? [] : [WeightLayout("scores.weight", [channels, vocabulary], transposedAs: "lm_head.weight")]
  }
}

extension ModelConfig {
  func checkHeads(_ heads: Int, of channels: Int) throws(ExchangeError) {
    guard channels.isMultiple(of: heads) else {
      throw ExchangeError("\(path): its \(heads) heads do not divide its \(channels) channels")
    }
  }

  /// The base of rotary positions, which are turned by plain angles.
  fileprivate func rotaryBase() throws(ExchangeError) -> Double {
    var values = self
    for name in ["rope_parameters", "rope_scaling"] {
      guard case .members(let own)? = self[name] else { continue }
      values = ModelConfig(own, path: "\(path), '\(name)'")
      for key in ["rope_type", "type"] { try values.require(key, .text("default")) }
      guard values["rope_theta"] == nil else { break }
      values = self
    }
    return try values.number("rope_theta", usual: 10_000)
  }
}
