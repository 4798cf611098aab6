import ArgumentParser
import Lemnos

/// The command `lemnos export`.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Write a trained network for PyTorch or Hugging Face's transformers, or as an ONNX model; or its adapters apart.",
    discussion: """
      For transformers: of a gpt, a vit or a bert a folder with config.json, model.safetensors and tokenizer.json or preprocessor_config.json, which \
      AutoModelForCausalLM, AutoModelForImageClassification or AutoModelForSequenceClassification.from_pretrained and AutoTokenizer.from_pretrained take. For PyTorch: a safetensors file with names and layouts as torchvision's networks have them, for load_state_dict. As ONNX: \
      a model that takes 'input', float32 [batch, C, H, W] of pixels from 0 to 255, and gives 'scores'. \
      Documentation/PyTorch-and-ONNX.md shows how to load both.

      Adapters of a run with --lora are merged into their weights by all of these. By themselves they are written for Hugging Face's PEFT, \
      of a gpt, a vit or a bert: a folder with adapter_config.json and adapter_model.safetensors. merged is a checkpoint of Lemnos \
      with the adapters in the weights, base one of the network as it was before them.

      Examples:
        lemnos export runs/mine/best.safetensors --to onnx
        lemnos export runs/mine/best.safetensors --to pytorch --out mine.safetensors
        lemnos export runs/opticks/best.safetensors --to huggingface --out opticks-gpt
        lemnos export runs/tuned/best.safetensors --to peft --out tuned-adapter
        lemnos export runs/tuned/best.safetensors --to merged --out tuned.safetensors
      """)

  enum Format: String, CaseIterable {
    case pytorch, onnx, huggingface, peft, merged, base

    var ending: String {
      switch self {
      case .pytorch, .merged, .base: "\(rawValue).safetensors"
      case .onnx, .huggingface, .peft: rawValue
      }
    }

    /// Whether adapters are told from what they are of.
    var isOfAdapters: Bool { [.peft, .merged, .base].contains(self) }
  }

  @Argument(help: ArgumentHelp("A run's best.safetensors or last.safetensors.", valueName: "checkpoint"))
  var checkpoint: String

  @Option(
    help: ArgumentHelp("What to write.", valueName: "pytorch|onnx|huggingface|peft|merged|base"),
    transform: { try Spelling.parse($0, as: Format.self) })
  var to: Format

  @Option(
    help: ArgumentHelp(
      "The new file or folder (default: beside the checkpoint, as best.onnx, best.pytorch.safetensors, best.huggingface, and so on).",
      valueName: "path"))
  var out: String?

  @Option(
    help: ArgumentHelp("The size of images, if the checkpoint does not say it.", valueName: "CxHxW"),
    transform: InputOptions.image)
  var input: ImageShape?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Let an ONNX model take batches of this size only (default: of any).", valueName: "n"))
  var batchSize: Int?

  func validate() throws {
    guard let batchSize else { return }
    guard to == .onnx else {
      throw ValidationError(
        "--batch-size is for --to onnx; what PyTorch and transformers load takes any batch.")
    }
    guard (1...1 << 16).contains(batchSize) else {
      throw ValidationError("--batch-size is \(batchSize), but has to be from 1 to \(1 << 16).")
    }
  }

  mutating func run() throws {
    let file = try Checkpoint(modelIn: checkpoint, mergingAdapters: !to.isOfAdapters)
    let configuration = try RunConfiguration(of: file, path: checkpoint)
    try configuration.check()
    let ending = ".safetensors"
    let stem = checkpoint.hasSuffix(ending) ? String(checkpoint.dropLast(ending.count)) : checkpoint
    let path = out ?? "\(stem).\(to.ending)"
    if to.isOfAdapters { return try exportAdapters(file, configuration, to: path) }
    guard configuration.formats.contains(to) else {
      let formats = configuration.formats.map { "--to \($0.rawValue)" }.joined(separator: " or ")
      guard !formats.isEmpty else {
        throw Failure(
          "\(configuration.model.inWords) is not exported yet; its parameters are safetensors that any program reads",
          code: 64)
      }
      throw Failure(
        "\(configuration.model.inWords) is exported \(formats), and has no counterpart in what --to \(to.rawValue) is for",
        code: 64)
    }
    if to == .huggingface {
      switch configuration.model {
      case .vit: return try exportImageModel(file, configuration, to: path)
      case .bert: return try exportTextClassifier(file, configuration, to: path)
      default: return try exportText(file, configuration, to: path)
      }
    }
    let target = try NewFile(path)
    if configuration.model.takes == .table { return try exportTable(file, configuration, to: target) }
    let model = configuration.makeModel(classes: try configuration.classes(in: file, path: checkpoint))
    guard let image = input ?? ModelIdentity.shape(in: file) else {
      throw CheckpointError(
        .unusable, path: checkpoint, "does not say what its images are; give --input CxHxW")
    }
    if to == .pytorch {
      try PyTorchModel(of: model, input: image).exported(file).write(to: target.path)
      return Terminal.write("\(target.path): \(configuration.model.inWords) for load_state_dict.\n")
    }
    try ONNXModel(of: model, from: file, input: image, batchSize: batchSize).write(to: target.path)
    Terminal.write(
      "\(target.path): \(configuration.model.inWords) that takes 'input', "
        + "[\(batchSize.map(String.init) ?? "batch"), \(image.channels), \(image.height), \(image.width)] of pixels from 0 "
        + "to 255, and gives 'scores'.\n")
  }

  /// Exports adapters for PEFT, or the network with or without them.
  private func exportAdapters(_ file: Checkpoint, _ configuration: RunConfiguration, to path: String) throws {
    guard file.hasAdapters else {
      throw Failure("\(checkpoint) has no adapters: it was not trained with --lora", code: 65)
    }
    guard to == .peft else {
      guard input == nil else { throw ValidationError("--input is for what others load.") }
      let target = try NewFile(path)
      var network = to == .merged ? try file.mergingAdapters(path: checkpoint) : file.withoutAdapters
      network.metadata.merge(try configuration.withoutAdapters.metadata) { $1 }
      try network.write(to: target.path)
      let words = to == .merged ? "with the adapters in its weights" : "as it was before its adapters"
      return Terminal.write("\(target.path): \(configuration.model.inWords) \(words).\n")
    }
    let model = try configuration.huggingFaceModel(of: file, path: checkpoint, input: input)
    let folder = try NewFolder(creating: path)
    defer { folder.removeIfEmpty() }
    try model.writeAdapters(of: file, to: folder.path, training: configuration.isTrained(besideAdapters:))
    Terminal.write("\(folder.path): adapters for PeftModel.from_pretrained(network, folder).\n")
  }

  /// Exports a language model as a folder of transformers.
  private func exportText(_ file: Checkpoint, _ configuration: RunConfiguration, to path: String) throws {
    guard input == nil else { throw ValidationError("--input is for networks of images.") }
    let tokenizer = try LanguageTask.tokenizer(in: file, path: checkpoint)
    let model = try HuggingFaceModel(
      LanguageTask.gpt(tokenizer, configuration), endOfText: tokenizer.id(of: LanguageTask.endOfText))
    // Before the folder is made.
    _ = try model.exported(file)
    let folder = try NewFolder(creating: path)
    defer { folder.removeIfEmpty() }
    let roles = ["bos_token", "eos_token"].map { ($0, LanguageTask.endOfText) }
    try model.write(
      file, to: folder.path, tokenizer: file.metadata[LanguageTask.key].map { Array($0.utf8) },
      specialTokens: tokenizer.special(roles))
    Terminal.write("\(folder.path): a gpt for AutoModelForCausalLM.from_pretrained.\n")
  }

  /// Exports a vision transformer as a folder of transformers.
  private func exportImageModel(_ file: Checkpoint, _ configuration: RunConfiguration, to path: String) throws
  {
    let classes = try configuration.classes(in: file, path: checkpoint)
    guard let net = configuration.makeModel(classes: classes) as? ViT,
      let image = input ?? ModelIdentity.shape(in: file)
    else {
      throw CheckpointError(
        .unusable, path: checkpoint, "does not say what its images are; give --input CxHxW")
    }
    let names = ModelIdentity.classNames(in: file) ?? (0..<classes).map(String.init)
    let model = try HuggingFaceModel(net, image: image, classNames: names)
    // Before the folder is made.
    _ = try model.exported(file)
    let folder = try NewFolder(creating: path)
    defer { folder.removeIfEmpty() }
    try model.write(file, to: folder.path)
    Terminal.write("\(folder.path): a vit for AutoModelForImageClassification.from_pretrained.\n")
  }

  /// Exports a classifier of texts as a folder of transformers.
  private func exportTextClassifier(_ file: Checkpoint, _ configuration: RunConfiguration, to path: String)
    throws
  {
    guard input == nil else { throw ValidationError("--input is for networks of images.") }
    let task = try TextClassificationTask(of: file, path: checkpoint, configuration)
    let net = TextClassificationTask.net(task.tokenizer, classes: task.classNames.count, configuration)
    let tokenizer = task.tokenizer
    let model = HuggingFaceModel(net, classNames: task.classNames, padding: tokenizer.id(of: "[PAD]"))
    // Before the folder is made.
    _ = try model.exported(file)
    let folder = try NewFolder(creating: path)
    defer { folder.removeIfEmpty() }
    let roles = ["unk", "cls", "sep", "pad", "mask"].map { ("\($0)_token", "[\($0.uppercased())]") }
    try model.write(
      file, to: folder.path, tokenizer: file.metadata[LanguageTask.key].map { Array($0.utf8) },
      specialTokens: tokenizer.special(roles))
    Terminal.write("\(folder.path): a bert for AutoModelForSequenceClassification.from_pretrained.\n")
  }

  /// Exports a table network, with its columns as inputs and the standardization inside the graph.
  private func exportTable(_ file: Checkpoint, _ configuration: RunConfiguration, to target: NewFile) throws {
    guard to == .onnx, input == nil else {
      throw Failure("a network for tables is exported --to onnx, without --input", code: 64)
    }
    let task = try TableTask(of: file, path: checkpoint, configuration)
    let (saved, output) = (task.saved, task.output)
    try ONNXModel(
      configuration.model.rawValue, inputs: saved.inputs, output: output, from: file, batchSize: batchSize
    ) { fields, pass in try saved.output(output, of: fields, in: pass) }.write(to: target.path)
    let inputs = saved.inputs.map { "'\($0.name)', \($0.dtype) of \($0.shape)" }.joined(separator: " and ")
    Terminal.write("\(target.path): an mlp that takes \(inputs) of each row, and gives '\(output)'.\n")
  }
}

extension Tokenizer {
  /// Those of some tokens that it has, by what they are for.
  fileprivate func special(_ roles: [(role: String, token: String)]) -> [String: String] {
    Dictionary(roles.filter { id(of: $0.token) != nil }) { first, _ in first }
  }
}

extension RunConfiguration {
  /// What its network can be written as.
  fileprivate var formats: [Export.Format] {
    switch model {
    case .gpt, .bert: [.huggingface]
    case .vit: [.huggingface, .onnx]
    case .lstm, .gru: []
    default: [.pytorch, .onnx]
    }
  }
}
