import ArgumentParser
import Lemnos
import Training

/// The command `lemnos diff`.
struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare a training step on two backends, operation by operation.",
    discussion: """
      Does one step on both, forward, backward and update, from the same parameters and images. What both write to memory is \
      compared, and the second goes on with the first one's values, so that each operation is judged on equal inputs. \
      Its tolerance follows from its roundings and the numbers at hand: a sum may be off by so much of the sum of its terms' \
      sizes, whatever cancels. Differences are also given in ULP, units in the last place. The exit code is 1 if the two part.

      Backends are cpu, reference (the CPU's plain loops), vulkan and vulkan:n, n being a number in 'lemnos devices'.

      Examples:
        lemnos diff three-layer-convnet
        lemnos diff resnet20 --batch-size 8 --backends cpu,vulkan:0
        lemnos diff resnet50 --input 3x64x64 --batch-size 2 --backends reference,cpu --all
      """)

  @Argument(
    help: ArgumentHelp(
      "The network (default: two-layer-net).", valueName: RunConfiguration.Model.placeholder),
    transform: { try Spelling.parse($0, as: RunConfiguration.Model.self) })
  var network: RunConfiguration.Model?

  @Option(
    help: ArgumentHelp("Which two to compare (default: cpu,vulkan).", valueName: "a,b"),
    transform: Diff.backends)
  var backends = ComparedBackends(names: ["cpu", "vulkan"], choices: [.cpu, .vulkan()])

  @OptionGroup var step: StepOptions

  @OptionGroup var images: InputOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Train so many steps before, on the first backend.", valueName: "n"))
  var after = 0

  @Flag(help: "List all values, in the order of the model, instead of those that are furthest apart.")
  var all = false

  @Flag(help: "Print one JSON object.")
  var json = false

  /// The value of `--backends`.
  struct ComparedBackends: CustomStringConvertible {
    let names: [String]
    let choices: [BackendChoice]
    var description: String { names.joined(separator: ",") }
  }

  private static func backends(_ text: String) throws -> ComparedBackends {
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard names.count == 2 else {
      throw ValidationError("'\(text)' are not two backends such as cpu,vulkan or vulkan:0,vulkan:1.")
    }
    return ComparedBackends(names: names, choices: try names.map(choice))
  }

  private static func choice(_ name: String) throws -> BackendChoice {
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    if parts.count == 2, parts[0] == CheckedBackendOptions.Name.vulkan.rawValue, !parts[1].isEmpty {
      return .vulkan(device: DeviceName(parts[1]))
    }
    return switch try Spelling.parse(name, as: CheckedBackendOptions.Name.self) {
    case .cpu: .cpu
    case .reference: .reference
    case .vulkan: .vulkan()
    }
  }

  func validate() throws {
    try images.check(againstData: step.isGiven("data"))
    if network != nil, step.isGiven("model") {
      throw ValidationError("The network is given twice; leave --model out.")
    }
    guard (0...1_000_000).contains(after) else {
      throw ValidationError("--after is \(after), but has to be from 0 to 1000000.")
    }
  }

  mutating func run() throws {
    var configuration = RunConfiguration()
    try configuration.set(step, model: network)
    var dataset: Dataset?
    if let size = images.images {
      dataset = try Dataset(
        randomImages: configuration.batchSize, of: size.shape, classes: size.classes, seed: configuration.seed
      )
      configuration.validation = 0
    }
    let trainer = try configuration.makeTrainer(on: backends.choices[0], with: dataset.map(RunData.images))
    try trainer.advance(steps: after)
    let comparison = try trainer.compareStep(with: backends.choices[1])
    if json {
      JSONLine.write(comparison)
    } else {
      let width = Terminal.isInteractive ? Terminal.width : Int.max
      Terminal.write(
        ComparisonText(comparison, of: configuration.model.rawValue, names: backends.names, width: width)
          .text(all: all))
    }
    if comparison.parting != nil { throw ExitCode(1) }
  }
}
