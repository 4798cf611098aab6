import ArgumentParser
import Lemnos
import Training

/// The command `lemnos import`.
struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a checkpoint of a network that PyTorch saved.",
    discussion: """
      Reads a safetensors file of a state_dict, with names as torchvision's networks have them: in Python, \
      safetensors.torch.save_file(net.state_dict(), "net.safetensors"). What wrappers put before names (module., _orig_mod., model.) is \
      taken off. The checkpoint is one that 'lemnos evaluate' and 'lemnos predict' take.

      Examples:
        lemnos import net.safetensors --model resnet18 --data cifar10 --mean 0.491,0.482,0.447 --std 0.247,0.243,0.262 --out net18.safetensors
        lemnos import mine.pytorch.safetensors --model two-layer-net --hidden 1024 --out back.safetensors
      """)

  @Argument(help: ArgumentHelp("A safetensors file.", valueName: "file"))
  var file: String

  @Option(
    help: ArgumentHelp("The network.", valueName: RunConfiguration.Model.placeholder),
    transform: { try Spelling.parse($0, as: RunConfiguration.Model.self) })
  var model: RunConfiguration.Model

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
      "The images that it is for (default: fashion-mnist-small).", valueName: "name|path"))
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

  @Option(help: ArgumentHelp("The new checkpoint.", valueName: "file"))
  var out: String

  func validate() throws {
    guard (mean == nil) == (std == nil) else { throw ValidationError("--mean and --std go together.") }
  }

  mutating func run() throws {
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
