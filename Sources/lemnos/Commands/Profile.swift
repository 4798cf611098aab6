import ArgumentParser
import Files
import Lemnos

/// The command `lemnos profile`.
///
/// It has those of `train`'s options that change what a step computes.
struct Profile: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say where the time of a training step goes.",
    discussion: """
      Trains a few steps with the time noted around every kernel, and lists kernels by time. 'of peak' compares a kernel \
      with what this device was just seen to do at most, in arithmetic (flops) or in memory traffic (bytes), whichever it is \
      nearer to; what stays in a cache may be above. trace.json opens in ui.perfetto.dev and chrome://tracing.

      Examples:
        lemnos profile
        lemnos profile --model resnet18 --steps 2 --out profile
        lemnos profile --model three-layer-convnet --backend vulkan --json
      """)

  @Option(
    help: ArgumentHelp("The network (default: two-layer-net).", valueName: RunConfiguration.Model.names),
    transform: { try Spelling.parse($0, as: RunConfiguration.Model.self) })
  var model: RunConfiguration.Model?

  @Option(
    help: ArgumentHelp(
      "Units of each hidden layer, of the nets that leave them open (default: 1024).", valueName: "n,n,…"),
    transform: Train.units)
  var hidden: [Int]?

  @Option(
    help: ArgumentHelp(
      "Normalization of a fully-connected net's hidden layers (default: none).", valueName: "none|batch|layer"
    ),
    transform: { try Spelling.parse($0, as: FullyConnectedNet.Normalization.self) })
  var normalization: FullyConnectedNet.Normalization?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Probability of dropping a hidden unit of a fully-connected net (default: 0).", valueName: "x"))
  var dropout: Double?

  @Option(
    help: ArgumentHelp(
      "A data set's name, or a folder or archive of IDX or CIFAR-10 files (default: fashion-mnist-small).",
      valueName: "name|path"))
  var data: String?

  @OptionGroup var backend: BackendOptions

  @Option(parsing: .unconditional, help: ArgumentHelp("Images per step (default: 50).", valueName: "n"))
  var batchSize: Int?

  @Option(
    help: ArgumentHelp("The update rule (default: momentum).", valueName: RunConfiguration.Rule.names),
    transform: { try Spelling.parse($0, as: RunConfiguration.Rule.self) })
  var optimizer: RunConfiguration.Rule?

  @Option(parsing: .unconditional, help: ArgumentHelp("The learning rate (default: 0.01).", valueName: "x"))
  var learningRate: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Strength of the L2 penalty on weights (default: 0.005, and 0 with adamw).", valueName: "x"))
  var reg: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Scale gradients down to this norm, all together.", valueName: "x"))
  var clipNorm: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Part of each label that is spread over all classes (default: 0).", valueName: "x"))
  var labelSmoothing: Double?

  @Flag(help: "Mirror training images at random.")
  var randomFlip = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Shift training images at random by up to n pixels each way (default: 0).", valueName: "n"))
  var randomShift: Int?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Decides all random numbers (default: 231).", valueName: "n"))
  var seed: UInt64?

  @Option(parsing: .unconditional, help: ArgumentHelp("Steps to profile.", valueName: "n"))
  var steps = 5

  @Option(
    help: ArgumentHelp("A folder to make for trace.json and profile.json.", valueName: "folder"))
  var out: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard (1...1000).contains(steps) else {
      throw ValidationError("--steps is \(steps), but has to be from 1 to 1000.")
    }
  }

  mutating func run() throws {
    let configuration = self.configured
    try configuration.check()
    let folder = try out.map { try NewFolder(creating: $0) }
    do {
      let trainer = try configuration.makeTrainer(on: backend.choice)
      let profile = try trainer.profile(steps: steps, comparedWith: DevicePeak(on: backend.choice))
      if let folder {
        try DurableFile.write([Array(JSONLine.text(profile).utf8)], to: "\(folder.path)/profile.json")
        try DurableFile.write(
          [Array(JSONLine.text(StepTrace(profile)).utf8)], to: "\(folder.path)/trace.json")
      }
      if json {
        JSONLine.write(profile)
      } else {
        let width = Terminal.isInteractive ? Terminal.width : Int.max
        Terminal.write(ProfileText(profile, of: headline(configuration, trainer), width: width).text)
        if let folder { Terminal.write("Saved in \(folder.path): profile.json, trace.json.\n") }
      }
    } catch {
      folder?.removeIfEmpty()
      throw error
    }
  }

  private var configured: RunConfiguration {
    var configuration = RunConfiguration()
    configuration.setModel(model ?? configuration.model, hidden: hidden)
    if let normalization { configuration.normalization = normalization }
    if let dropout { configuration.dropout = dropout }
    if let data { configuration.data = data }
    if let batchSize { configuration.batchSize = batchSize }
    if let optimizer { configuration.optimizer = optimizer }
    if let learningRate { configuration.learningRate = learningRate }
    configuration.regularization = reg ?? (optimizer == .adamw ? 0 : configuration.regularization)
    configuration.clipNorm = clipNorm
    configuration.labelSmoothing = labelSmoothing
    if randomFlip { configuration.augmentation.horizontalFlip = true }
    if let randomShift { configuration.augmentation.shift = randomShift }
    if let seed { configuration.seed = seed }
    return configuration
  }
}
