import ArgumentParser
import Files
import Lemnos
import Training
import Wording

/// The command `lemnos import`.
struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Make a checkpoint of a network that PyTorch or Hugging Face's transformers saved, or of adapters of PEFT's.",
    discussion: """
      A folder of transformers, as model.save_pretrained and tokenizer.save_pretrained write it, says by its config.json what the \
      network is: GPT-2's and Llama's become a gpt, which 'lemnos sample' and 'lemnos train --from' take, ViT's a vit, and BERT's classifiers of texts a bert. Its weights are in model.safetensors, \
      or in several files beside model.safetensors.index.json, and its tokens in tokenizer.json.

      Or it reads a safetensors file of a state_dict, with names as torchvision's networks have them: in Python, \
      safetensors.torch.save_file(net.state_dict(), "net.safetensors"). What wrappers put before names (module., _orig_mod., model.) is \
      taken off. The checkpoint is one that 'lemnos evaluate' and 'lemnos predict' take.

      A folder of Hugging Face's PEFT, with adapter_config.json, has adapters (LoRA or DoRA) of a network that --base names; the \
      checkpoint has both.

      Examples:
        lemnos import gpt2 --out gpt2.safetensors
        lemnos import tuned-adapter --base runs/opticks/best.safetensors --out back-again.safetensors
        lemnos import net.safetensors --model resnet18 --data cifar10 --mean 0.491,0.482,0.447 --std 0.247,0.243,0.262 --out net18.safetensors
        lemnos import mine.pytorch.safetensors --model two-layer-net --hidden 1024 --out back.safetensors
      """)

  @Argument(help: ArgumentHelp("A safetensors file, or a folder of transformers.", valueName: "file|folder"))
  var file: String

  @Option(
    help: ArgumentHelp(
      "The network, which a folder says itself.", valueName: RunConfiguration.Model.placeholder),
    transform: { try Spelling.parse($0, as: RunConfiguration.Model.self) })
  var model: RunConfiguration.Model?

  @Option(
    help: ArgumentHelp(
      "Units of each hidden layer, of the nets that leave them open (default: 1024).", valueName: "n,n,…"),
    transform: RunConfiguration.units)
  var hidden: [Int]?

  @Option(
    help: ArgumentHelp(
      "Between the layers of a fully-connected-net (default: none).", valueName: "none|batch|layer"),
    transform: { try Spelling.parse($0, as: FullyConnectedNet.Normalization.self) })
  var normalization: FullyConnectedNet.Normalization?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The dropout of a fully-connected-net (default: 0).", valueName: "x"))
  var dropout: Double?

  @Option(
    help: ArgumentHelp(
      "The images or the text that it is for (default: fashion-mnist-small, opticks).",
      valueName: "name|path"))
  var data: String?

  @Option(
    help: ArgumentHelp("The size of images (default: that of the data set's).", valueName: "CxHxW"),
    transform: InputOptions.image)
  var input: ImageShape?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What is subtracted from pixels from 0 to 1, as torchvision's Normalize has it: one number, or one for each channel.",
      valueName: "x,x,…"),
    transform: Import.numbers)
  var mean: [Double]?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("What they are then divided by.", valueName: "x,x,…"), transform: Import.numbers)
  var std: [Double]?

  @Option(
    help: ArgumentHelp(
      "The checkpoint of the network that adapters of PEFT's are of.", valueName: "checkpoint"))
  var base: String?

  @Option(help: ArgumentHelp("The new checkpoint.", valueName: "file"))
  var out: String

  func validate() throws {
    guard (mean == nil) == (std == nil) else { throw ValidationError("--mean and --std go together.") }
  }

  mutating func run() throws {
    if PEFTFolder.isOne(file) { return try importAdapters() }
    guard base == nil else {
      throw ValidationError("--base is for a folder of PEFT's, and \(file) has no adapter_config.json.")
    }
    guard !FolderListing.isFolder(file) else { return try importFolder() }
    guard let model else {
      throw ValidationError(
        "Say which network \(file) holds, as in --model resnet18; only a folder says it itself.")
    }
    let normalization: ChannelNormalization?
    do {
      normalization = try mean.map { try ChannelNormalization(mean: $0, deviation: std ?? []) }
    } catch let error as ExchangeError {
      throw Failure(error.reason, code: 64)
    }
    var configuration = RunConfiguration()
    configuration.setModel(model, hidden: hidden)
    if let normalization = self.normalization { configuration.normalization = normalization }
    if let dropout { configuration.dropout = dropout }
    if let data { configuration.data = data }
    if let side = input?.height, side == input?.width, Dataset.imageSizes.contains(side) {
      // For a folder of images this is the size they are resized to.
      configuration.imageSize = side
    }
    try configuration.checkClassifiesImages()
    try configuration.check()
    // BatchNorm's num_batches_tracked is an int64, a type that Lemnos does not have, and affects no output.
    let (content, removed) = try Checkpoint(contentsOf: file) { $0.hasSuffix(".num_batches_tracked") }
      .withoutWrapperNames()
    let target = try NewFile(out)
    configuration.setStem(of: content)
    let image = try input ?? ModelIdentity.shape(in: content) ?? DatasetSize(of: configuration.data).shape
    let classes = try configuration.classes(in: content, path: file)
    let layers = configuration.makeModel(classes: classes)
    var checkpoint: Checkpoint
    do {
      checkpoint = try PyTorchModel(of: layers, input: image).imported(content, normalization: normalization)
    } catch let error as ExchangeError {
      throw Failure("\(file): \(error.reason)", code: 65)
    }
    configuration.setPixels(of: checkpoint)
    let names = ModelIdentity.classNames(in: content) ?? classNames(classes)
    checkpoint.metadata = try ModelIdentity(classNames: names, shape: image).metadata
      .merging(configuration.metadata) { $1 }
    try checkpoint.write(to: target.path)
    if !removed.isEmpty {
      Terminal.write(
        "\(file): its names are taken without \(removed.joined(separator: ", ")), which a wrapper added.\n")
    }
    if content.tensors.values.contains(where: { $0.dtype == .float64 }) {
      Terminal.write("\(file): its float64 numbers are rounded to float32.\n")
    }
    Terminal.write(
      "\(target.path): \(model.inWords) of \(classes) classes. Next: \(Terminal.program) evaluate --checkpoint \(target.path)\n"
    )
  }

  /// - Throws: `ValidationError` for an option that says what a folder does.
  private func checkFolderOptions() throws {
    let given = [
      ("--model", model != nil), ("--hidden", hidden != nil), ("--normalization", normalization != nil),
      ("--dropout", dropout != nil), ("--input", input != nil),
    ]
    if let option = given.first(where: \.1)?.0 {
      throw ValidationError(
        "\(option) is for a file; \(file) is a folder, which says by itself what its network is.")
    }
  }

  /// Imports a folder of PEFT's.
  private func importAdapters() throws {
    try checkFolderOptions()
    guard mean == nil, data == nil else {
      throw ValidationError("--data, --mean and --std are for networks; adapters go by those of --base.")
    }
    guard let base else {
      throw ValidationError(
        "\(file) has adapters of a network, and not the network: name its checkpoint, by --base.")
    }
    let network = try Checkpoint(modelIn: base)
    let configuration = try RunConfiguration(of: network, path: base)
    try configuration.check()
    let model = try configuration.huggingFaceModel(of: network, path: base)
    let target = try NewFile(out)
    let checkpoint = try model.imported(PEFTFolder(file), on: network, path: base)
    try checkpoint.write(to: target.path)
    let count = checkpoint.tensors.keys.filter { $0.hasSuffix(".lora_A") }.count
    Terminal.write(
      "\(target.path): \(configuration.model.inWords) with adapters of \(count.grouped) weights. Next: \(Terminal.program) "
        + "\(configuration.model == .gpt ? "sample \(target.path)" : "evaluate --checkpoint \(target.path)")\n"
    )
  }

  /// Imports a folder of transformers.
  private func importFolder() throws {
    try checkFolderOptions()
    let target = try NewFile(out)
    let folder = try HuggingFaceFolder(file)
    switch folder.modelType {
    case "vit": try importImageModel(folder, to: target)
    case "bert": try importTextClassifier(folder, to: target)
    default: try importLanguageModel(folder, to: target)
    }
  }

  private func importImageModel(_ folder: HuggingFaceFolder, to target: NewFile) throws {
    let (net, image, names) = (try folder.vit(), try folder.imageShape(), try folder.classNames())
    let given = try mean.map { try ChannelNormalization(mean: $0, deviation: std ?? []) }
    guard let normalization = try given ?? folder.normalization() else {
      throw Failure(
        "\(file): there is no preprocessor_config.json in it, which says how pixels are normalized: give --mean and --std",
        code: 65)
    }
    var configuration = RunConfiguration()
    configuration.setTask(nil, model: .vit)
    configuration.setModel(.vit, hidden: nil)
    if let data { configuration.data = data }
    if image.height == image.width, Dataset.imageSizes.contains(image.height) {
      configuration.imageSize = image.height
    }
    configuration.setNetwork(net)
    configuration.pixels = .perChannel
    try configuration.check()
    var checkpoint = try HuggingFaceModel(net, image: image, classNames: names).imported(
      folder.weights(), normalization: normalization, path: file)
    checkpoint.metadata = try ModelIdentity(classNames: names, shape: image).metadata
      .merging(configuration.metadata) { $1 }
    try checkpoint.write(to: target.path)
    Terminal.write(
      "\(target.path): a vit of \(net.blocks) blocks, \(net.channels) channels and \(names.count.grouped) classes. "
        + "Next: \(Terminal.program) predict \(target.path) picture.jpg\n")
  }

  /// The tokenizer of a folder, and the content of its file.
  private func tokenizer(
    of folder: HuggingFaceFolder, vocabulary: Int
  ) throws -> (tokenizer: Tokenizer, json: [UInt8]) {
    guard let json = try folder.tokenizer() else {
      throw Failure(
        "\(file): there is no tokenizer.json in it, by which texts become tokens; in Python, "
          + "AutoTokenizer.from_pretrained(name).save_pretrained(folder) writes it", code: 66)
    }
    let tokenizer: Tokenizer
    do throws(TokenizerError) { tokenizer = try Tokenizer(json: json) } catch {
      throw Failure("\(file)/tokenizer.json: \(error.message)", code: 65)
    }
    guard tokenizer.vocabularySize <= vocabulary else {
      throw Failure(
        "\(file): its tokenizer.json has \(tokenizer.vocabularySize.grouped) tokens, but its network only "
          + "\(vocabulary.grouped): they are of different models", code: 65)
    }
    return (tokenizer, json)
  }

  private func importTextClassifier(_ folder: HuggingFaceFolder, to target: NewFile) throws {
    guard mean == nil else { throw ValidationError("--mean and --std are for networks of images.") }
    let (net, names) = (try folder.bert(), try folder.classNames())
    let (tokenizer, json) = try tokenizer(of: folder, vocabulary: net.vocabulary)
    guard net.types == 2 else {
      throw Failure(
        "\(file)/config.json: 'type_vocab_size' is \(net.types), but has to be 2: the network of Lemnos has nothing else",
        code: 65)
    }
    var configuration = RunConfiguration()
    configuration.setTask(.textClassification, model: .bert)
    if let data { configuration.data = data }
    configuration.setNetwork(net, tokens: tokenizer.vocabularySize)
    try configuration.check()
    var checkpoint = try HuggingFaceModel(net, classNames: names).imported(folder.weights(), path: file)
    checkpoint.metadata = try TextClassificationTask.metadata(json, names, length: net.context)
      .merging(configuration.metadata) { $1 }
    try checkpoint.write(to: target.path)
    Terminal.write(
      "\(target.path): a bert of \(net.blocks) blocks, \(net.channels) channels, \(tokenizer.vocabularySize.grouped) tokens and "
        + "\(names.count.grouped) classes. Next: \(Terminal.program) predict \(target.path) texts.jsonl\n")
  }

  private func importLanguageModel(_ folder: HuggingFaceFolder, to target: NewFile) throws {
    guard mean == nil else { throw ValidationError("--mean and --std are for networks of images.") }
    let net = try folder.gpt()
    let (tokenizer, json) = try tokenizer(of: folder, vocabulary: net.vocabulary)
    var configuration = RunConfiguration()
    configuration.setTask(.language, model: .gpt)
    configuration.data = data ?? TextDocuments.bundledName
    configuration.setNetwork(net, tokens: tokenizer.vocabularySize)
    try configuration.check()
    var checkpoint = try HuggingFaceModel(net).imported(folder.weights(), path: file)
    checkpoint.metadata = try configuration.metadata
    checkpoint.metadata[LanguageTask.key] = String(decoding: json, as: UTF8.self)
    try checkpoint.write(to: target.path)
    Terminal.write(
      "\(target.path): \(configuration.model.inWords) as \(folder.modelType), of \(net.blocks) blocks, \(net.channels) channels and "
        + "\(tokenizer.vocabularySize.grouped) tokens. Next: \(Terminal.program) sample \(target.path)\n")
  }

  /// The class names of the given data set, if it is available and has as many classes; else none, and
  /// classes are numbered.
  private func classNames(_ count: Int) -> [String] {
    guard let data, let names = (try? EvaluationSet.load(data))?.classNames, names.count == count else {
      return []
    }
    return names
  }

  private static func numbers(_ text: String) throws -> [Double] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let number = Double(part), number.isFinite else {
        throw ValidationError("'\(text)' is no list of numbers such as 0.5 or 0.49,0.48,0.45.")
      }
      return number
    }
  }
}
