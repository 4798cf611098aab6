public import Checkpoints
import Files
import Tensors

// Adapters as Hugging Face's PEFT saves them: adapter_config.json, and adapter_model.safetensors with those of each module apart.

/// The folder of adapters as PEFT's `save_pretrained` writes it, of a low-rank adaptation or of DoRA.
public struct PEFTFolder {
  public let path: String
  let config: ModelConfig

  /// Whether a folder has an `adapter_config.json`.
  public static func isOne(_ path: String) -> Bool {
    FolderListing.size(of: "\(path)/adapter_config.json") != nil
  }

  /// - Throws: `ExchangeError` if it is of another kind of adapter, or has a setting that Lemnos does not.
  public init(_ path: String) throws(ExchangeError) {
    self.path = path
    config = try ModelConfig(contentsOf: "\(path)/adapter_config.json")
    guard config["peft_type"] != nil else {
      throw ExchangeError(
        "\(config.path): there is no 'peft_type' in it, which says what its adapters are: LORA, say")
    }
    try config.require("peft_type", .text("LORA"))
    try config.require("bias", .text("none"))
    for name in ["use_rslora", "lora_bias"] { try config.require(name, .flag(false)) }
    // Others begin with another base than the one that is named.
    try config.require("init_lora_weights", .flag(true), .flag(false), .text("gaussian"))
  }

  /// Their rank, factor and kind.
  func adaptation() throws(ExchangeError) -> LoRA {
    LoRA(
      rank: try config.size("r", usual: 8, atMost: 1 << 16), alpha: try config.number("lora_alpha", usual: 8),
      decomposed: try config.flag("use_dora", usual: false))
  }

  /// The same of a module, for which `rank_pattern` and `alpha_pattern` may say otherwise.
  ///
  /// - Parameter module: its name there.
  func adaptation(of module: String) throws(ExchangeError) -> LoRA {
    var lora = try adaptation()
    func pattern(_ name: String) throws(ExchangeError) -> ModelConfig? {
      guard case .members(let patterns)? = config[name] else { return nil }
      if let key = patterns.keys.sorted().first(where: { $0.contains { "^$*+?()[]{}|\\".contains($0) } }) {
        throw ExchangeError(
          "\(config.path): '\(name)' has the regular expression '\(key)', and Lemnos takes names of modules or their ends"
        )
      }
      let key = patterns.keys.filter { module == $0 || module.hasSuffix(".\($0)") }.max {
        $0.count < $1.count
      }
      return key.flatMap { patterns[$0] }.map { ModelConfig(["r": $0, "lora_alpha": $0], path: config.path) }
    }
    if let rank = try pattern("rank_pattern") { lora.rank = try rank.size("r", atMost: 1 << 16) }
    if let alpha = try pattern("alpha_pattern") { lora.alpha = try alpha.number("lora_alpha", usual: 8) }
    return lora
  }

  /// All tensors, by their names there.
  func weights() throws -> Checkpoint { try Checkpoint(contentsOf: "\(path)/adapter_model.safetensors") }
}

extension HuggingFaceModel {
  /// What precedes all names there.
  private static let wrapper = "base_model.model."

  /// The names of a module's matrices and magnitude.
  private static func name(_ part: LoRA.Part, of module: String) -> String {
    wrapper + module + (part == .magnitude ? ".\(part.rawValue)_vector" : ".\(part.rawValue).weight")
  }

  /// A module's name in version 5 of transformers, whose files of a vit's weights have those of its earlier ones.
  private static func current(_ name: String) -> String {
    guard name.contains("vit.encoder.layer.") else { return name }
    let changes = [
      ("vit.encoder.layer.", "vit.layers."), (".attention.attention.query", ".attention.q_proj"),
      (".attention.attention.key", ".attention.k_proj"), (".attention.attention.value", ".attention.v_proj"),
      (".attention.output.dense", ".attention.o_proj"), (".intermediate.dense", ".mlp.fc1"),
      (".output.dense", ".mlp.fc2"),
    ]
    return changes.reduce(name) { $0.replacing($1.0, with: $1.1) }
  }

  /// The module of a parameter.
  private static func module(of parameter: String) -> String {
    current(String(parameter.prefix(upTo: parameter.lastIndex(of: ".") ?? parameter.endIndex)))
  }

  /// A checkpoint of the network with its adapters, for `mergingAdapters`.
  ///
  /// Modules whose weights are one here, such as those of queries and of values, get one adapter: as many ranks as they have
  /// different matrices A, of which each B sees its own.
  ///
  /// - Parameters:
  ///   - folder: of adapters.
  ///   - base: the network that they are of, without adapters.
  ///   - path: of the base, for errors.
  /// - Throws: `ExchangeError` for a tensor that is missing, of another shape, not finite, or unknown; `CheckpointError`.
  public func imported(_ folder: PEFTFolder, on base: Checkpoint, path: String) throws -> Checkpoint {
    let lora = try folder.adaptation()
    var rest = Dictionary(try folder.weights().tensors.map { (Self.current($0.key), $0.value) }) { first, _ in
      first
    }
    let file = "\(folder.path)/adapter_model.safetensors"
    func take(_ name: String, _ shapes: Shape...) throws(ExchangeError) -> TensorValues? {
      guard let values = rest.removeValue(forKey: name) else { return nil }
      guard shapes.contains(values.shape), values.dtype.isFloating else {
        throw ExchangeError(
          "\(file): it holds '\(name)' as \(values.dtype)\(values.shape), but beside \(path) that is \(shapes[0])"
        )
      }
      if let fault = values.nonFinite { throw ExchangeError("\(file): it holds \(fault) in '\(name)'") }
      return values.converted(to: .float32)
    }
    var made = base
    for layout in layouts {
      var own = layout.split(try base.exportedValues(of: State(layout.name, layout.shape, role: .weight)))
      var isSaved = false
      for (index, part) in layout.parts.enumerated() {
        // Modules that were trained as a whole.
        guard let values = try take(Self.wrapper + Self.current(part.name), part.shape) else { continue }
        (own[index], isSaved) = (values, true)
      }
      if isSaved { made.tensors[layout.name] = layout.joined(own) }
      guard layout.shape.rank >= 2 else { continue }
      var parts: [PartAdapter] = []
      for (index, columns) in layout.outputs.enumerated() {
        let module = Self.module(of: layout.parts[index].name)
        let kind = try folder.adaptation(of: module)
        let shapes = kind.shapes(of: layout.shape)
        let isMatrix = layout.shape.rank == 2
        let (downName, upName) = (Self.name(.down, of: module), Self.name(.up, of: module))
        let down = try take(downName, isMatrix ? [kind.rank, layout.shape[0]] : shapes.down)
        let up = try take(upName, isMatrix ? [columns.count, kind.rank] : shapes.up)
        let units = columns.count
        let magnitude = try take(
          Self.name(.magnitude, of: module), [units],
          Shape([1, units] + layout.shape.dimensions.dropFirst(2).map { _ in 1 }))
        guard let down, let up else {
          guard down == nil, up == nil, magnitude == nil else {
            throw ExchangeError("\(file): of '\(downName)' and '\(upName)' it has only one")
          }
          continue
        }
        guard (magnitude != nil) == lora.isDecomposed else {
          let name = Self.name(.magnitude, of: module)
          throw ExchangeError(
            "\(file): it has \(lora.isDecomposed ? "no" : "a") '\(name)', but by its adapter_config.json 'use_dora' is "
              + "\(lora.isDecomposed)")
        }
        let ratio = Float(kind.scale / lora.scale)
        parts.append(
          PartAdapter(
            columns: columns, rank: kind.rank, down: down, up: ratio == 1 ? up : up.times(ratio),
            magnitude: magnitude))
      }
      guard !parts.isEmpty else { continue }
      let weight = layout.joined(own)
      for (part, values) in parts.joined(beside: weight) {
        made.tensors[part.name(of: layout.name)] = values
      }
    }
    if let name = rest.keys.min() {
      throw ExchangeError(
        "\(file): there is '\(name)' in it, which is beside nothing that the network of \(path) has")
    }
    guard made.hasAdapters else { throw ExchangeError("\(file): there are no adapters in it") }
    made.metadata[Checkpoint.loraKey] = lora.description
    return made
  }

  /// A module's adapter, and the outputs here that are its own.
  fileprivate struct PartAdapter {
    let columns: Range<Int>
    let rank: Int
    let down, up: TensorValues
    let magnitude: TensorValues?
  }

  /// Writes `adapter_config.json` and `adapter_model.safetensors` into a folder.
  ///
  /// - Parameters:
  ///   - checkpoint: of the network with adapters.
  ///   - folder: an existing one.
  ///   - isTrained: whether a parameter of the network itself, by its name here, was trained beside them: its module is saved
  ///     whole.
  /// - Throws: `ExchangeError` if there are no adapters, or the checkpoint is of another network; `CheckpointError`,
  ///   `FileError`.
  public func writeAdapters(
    of checkpoint: Checkpoint, to folder: String, training isTrained: (String) -> Bool = { _ in false }
  ) throws {
    let (config, tensors) = try adapters(of: checkpoint, training: isTrained)
    try tensors.write(to: "\(folder)/adapter_model.safetensors")
    try DurableFile.write([config.json], to: "\(folder)/adapter_config.json")
  }

  /// - Throws: as above.
  func adapters(
    of checkpoint: Checkpoint, training isTrained: (String) -> Bool
  ) throws -> (config: ModelConfig, Checkpoint) {
    let path = "the checkpoint"
    guard let lora = try checkpoint.adaptation(path: path) else {
      throw ExchangeError("the checkpoint has no adapters: it was not trained with --lora")
    }
    var (tensors, targets, saved) = ([String: TensorValues](), [String](), Set<String>())
    /// Of modules whose ranks are not the usual one.
    var (ranks, alphas) = ([String: ConfigValue](), [String: ConfigValue]())
    var rest = Set(checkpoint.adaptedWeights)
    for layout in layouts where rest.remove(layout.name) != nil {
      let adapter = try checkpoint.adapter(of: layout.name, path: path)
      guard adapter.weight.shape == layout.shape else {
        throw ExchangeError(
          "the checkpoint has '\(layout.name)' as \(adapter.weight.shape), and not \(layout.shape)")
      }
      for (part, columns) in zip(layout.parts, layout.outputs) {
        let module = Self.module(of: part.name)
        targets.append(module)
        if adapter.rank != lora.rank {
          ranks[module] = .whole(adapter.rank)
          alphas[module] = .plain(lora.scale * Double(adapter.rank))
        }
        let isMatrix = layout.shape.rank == 2
        tensors[Self.name(.down, of: module)] = isMatrix ? adapter.down.transposed : adapter.down
        tensors[Self.name(.up, of: module)] = isMatrix ? adapter.up.transposed.rows(columns) : adapter.up
        if let magnitude = adapter.magnitude?.rows(columns) {
          let shape = Shape(
            isMatrix
              ? [columns.count] : [1, columns.count] + layout.shape.dimensions.dropFirst(2).map { _ in 1 })
          tensors[Self.name(.magnitude, of: module)] = TensorValues(
            bytes: magnitude.bytes, shape: shape, dtype: .float32)
        }
      }
    }
    if let name = rest.min() {
      throw ExchangeError("the checkpoint has adapters of '\(name)', which has no counterpart there")
    }
    // A module there is saved with all that it has.
    for layout in layouts where isTrained(layout.name) {
      saved.formUnion(layout.parts.map { Self.module(of: $0.name) })
    }
    if let both = saved.intersection(targets).min() {
      throw ExchangeError(
        "'\(both)' has an adapter and was trained itself, which is one or the other there: export it merged, --to huggingface"
      )
    }
    for layout in layouts {
      let values = try checkpoint.exportedValues(of: State(layout.name, layout.shape, role: .weight))
      for (part, values) in zip(layout.parts, layout.split(values))
      where saved.contains(Self.module(of: part.name)) {
        tensors[Self.wrapper + Self.current(part.name)] = values
      }
    }
    let members: [String: ConfigValue] = [
      "peft_type": .text("LORA"), "r": .whole(lora.rank), "lora_alpha": .plain(lora.alpha),
      "rank_pattern": .members(ranks), "alpha_pattern": .members(alphas),
      "use_dora": .flag(lora.isDecomposed), "target_modules": .list(targets.sorted().map(ConfigValue.text)),
      "bias": .text("none"), "lora_dropout": .number(0), "inference_mode": .flag(true),
      "init_lora_weights": .flag(true), "fan_in_fan_out": .flag(config["model_type"] == .text("gpt2")),
      "use_rslora": .flag(false), "base_model_name_or_path": .null, "task_type": taskType(saving: saved),
      "modules_to_save": saved.isEmpty ? .null : .list(saved.sorted().map(ConfigValue.text)),
    ]
    // safetensors' readers ask for this "format".
    return (ModelConfig(members), Checkpoint(tensors: tensors, metadata: ["format": "pt"]))
  }

  /// For a classifier of texts PEFT looks for the saved module of its scores, whatever `modules_to_save` says.
  private func taskType(saving saved: Set<String>) -> ConfigValue {
    switch config["model_type"] {
    case .text("gpt2"), .text("llama"): .text("CAUSAL_LM")
    case .text("bert") where saved.contains("classifier"): .text("SEQ_CLS")
    default: .null
    }
  }
}

extension [HuggingFaceModel.PartAdapter] {
  /// One adapter for all, beside a weight whose outputs are theirs.
  fileprivate func joined(beside weight: TensorValues) -> [(LoRA.Part, TensorValues)] {
    let (inputs, outputs) = LoRA.sides(of: weight.shape)
    var downs: [(values: TensorValues, first: Int)] = []
    var all = 0
    for part in self where !downs.contains(where: { $0.values == part.down }) {
      downs.append((part.down, all))
      all += part.rank
    }
    let shapes = LoRA(rank: all, alpha: 1).shapes(of: weight.shape)
    // There a row of A is of one rank, and a row of B of one output.
    let a = TensorValues(downs.flatMap { $0.values.elements(as: Float.self) }, shape: [all, inputs])
    var b = [Float](repeating: 0, count: outputs * all)
    var magnitudes = contains { $0.magnitude != nil } ? weight.normsOfOutputs.elements(as: Float.self) : []
    for part in self {
      let (first, rank) = (downs.first { $0.values == part.down }?.first ?? 0, part.rank)
      let numbers = part.up.elements(as: Float.self)
      for (row, output) in part.columns.enumerated() {
        for k in 0..<rank { b[output * all + first + k] = numbers[row * rank + k] }
      }
      if let own = part.magnitude {
        magnitudes.replaceSubrange(part.columns, with: own.elements(as: Float.self))
      }
    }
    let up = TensorValues(b, shape: [outputs, all])
    let isMatrix = weight.shape.rank == 2
    let both: [(LoRA.Part, TensorValues)] = [
      (.down, isMatrix ? a.transposed : TensorValues(bytes: a.bytes, shape: shapes.down, dtype: .float32)),
      (.up, isMatrix ? up.transposed : TensorValues(bytes: up.bytes, shape: shapes.up, dtype: .float32)),
    ]
    return both + (magnitudes.isEmpty ? [] : [(.magnitude, TensorValues(magnitudes, shape: [outputs]))])
  }
}

extension ConfigValue {
  /// A number as it is usually written.
  fileprivate static func plain(_ number: Double) -> ConfigValue {
    Int(exactly: number).map { .whole($0) } ?? .number(number)
  }
}

extension TensorValues {
  fileprivate func times(_ factor: Float) -> TensorValues {
    TensorValues(elements(as: Float.self).map { factor * $0 }, shape: shape)
  }

  /// A float32 matrix turned over.
  fileprivate var transposed: TensorValues {
    let (rows, columns) = (shape[0], shape[1])
    let numbers = elements(as: Float.self)
    var turned = [Float](repeating: 0, count: numbers.count)
    for row in 0..<rows {
      for column in 0..<columns { turned[column * rows + row] = numbers[row * columns + column] }
    }
    return TensorValues(turned, shape: [columns, rows])
  }

  /// Some rows.
  fileprivate func rows(_ range: Range<Int>) -> TensorValues {
    let size = bytes.count / shape[0]
    return TensorValues(
      bytes: Array(bytes[range.lowerBound * size..<range.upperBound * size]),
      shape: Shape([range.count] + shape.dimensions.dropFirst()), dtype: dtype)
  }
}
