import ArgumentParser
import Lemnos

/// The command `lemnos plan`.
struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say how a training step is computed, and whether it fits into memory.",
    discussion: """
      Lists the kernels of a step by level, as the backend would run them, and what they compute and move; then the algorithm \
      of each convolution and why it was chosen; then the memory of training, what holds most of it, whether the device has \
      it, and the largest batch with which it would. Nothing is run and no memory of the device is taken. With --rewrites it \
      lists how the step was rewritten instead; with --ranks it measures shares of a step, and predicts what several ranks would take.

      Examples:
        lemnos plan --backend vulkan
        lemnos plan --model resnet18 --data cifar10 --batch-size 256
        lemnos plan --model resnet18 --memory-limit 2GB
        lemnos plan --model resnet50 --input 3x224x224 --classes 1000
        lemnos plan --model resnet18 --data cifar10 --batch-size 128 --precision fp16 --device-model rtx4090
        lemnos plan --model two-layer-net --batch-size 512 --ranks 64 --link 10Gbit
        lemnos plan --model resnet18 --input 3x32x32 --rewrites
        lemnos plan --model resnet18 --input 3x32x32 --without-rewrite channels-last
      """)

  @OptionGroup var step: StepOptions

  @OptionGroup var images: InputOptions

  @OptionGroup var backend: BackendOptions

  @OptionGroup var rewriting: RewriteOptions

  @Flag(
    help: "Print the rewrites of programs, what each gains, and how often it was applied, and nothing else.")
  var rewrites = false

  @Option(
    help: ArgumentHelp(
      """
      Predict what a step takes on a card, from its maker's figures and what the kernels compute and move: \
      \(CardModel.all.map(\.name).joined(separator: ", ")). No card was measured for it.
      """, valueName: "card"),
    transform: Plan.card)
  var deviceModel: CardModel?

  private static func card(_ name: String) throws -> CardModel {
    guard let card = CardModel.all.first(where: { $0.name == name.lowercased() }) else {
      throw ValidationError(
        "'\(name)' is none of the cards that are known: \(CardModel.all.map(\.name).joined(separator: ", "))."
      )
    }
    return card
  }

  @OptionGroup var cluster: ClusterOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    if cluster.ranks != nil, images.input != nil || deviceModel != nil || rewrites {
      throw ValidationError(
        "--ranks measures steps on a data set; leave --input, --device-model and --rewrites out.")
    }
    try images.check(againstData: step.isGiven("data"))
    guard images.input != nil else { return }
    for option in ["validation", "train-samples"] where step.isGiven(option) {
      throw ValidationError("--\(option) is for a data set; of the images of --input, one batch is counted.")
    }
  }

  mutating func run() throws {
    var configuration = RunConfiguration()
    try configuration.set(step)
    let width = Terminal.isInteractive ? Terminal.width : Int.max
    if cluster.ranks != nil {
      let text = try ClusterText(configuration, cluster, on: rewriting.choice(of: backend))
      return json ? JSONLine.write(text.rows) : Terminal.write(text.text(width: width))
    }
    let plan = try configuration.makePlan(
      on: rewriting.choice(of: backend), images: images.images, predictingFor: deviceModel)
    if json {
      JSONLine.write(plan)
    } else {
      let text = PlanText(plan, of: configuration, images: images.input, width: width)
      Terminal.write(rewrites ? text.rewrites : text.text)
    }
  }
}
