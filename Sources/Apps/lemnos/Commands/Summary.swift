import ArgumentParser
import Lemnos
import Training
import Wording

/// The command `lemnos summary`.
struct Summary: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List a network's layers, parameters, arithmetic and memory.",
    discussion: """
      Parameters and flops are each layer's own, and add up to the totals. Flops are those of the forward pass for one image, or one \
      text of as many tokens as the context; a multiplication and an addition are two.

      Examples:
        lemnos summary resnet18 --input 3x224x224 --classes 1000
        lemnos summary resnet20 --data cifar10 --batch-size 128
        lemnos summary two-layer-net --hidden 100 --optimizer adam
        lemnos summary gpt --blocks 12 --heads 12 --channels 768 --context 1024 --vocabulary 50257 --batch-size 1
        lemnos summary vit --data cifar10 --patch 4 --blocks 6 --heads 3 --channels 192
        lemnos summary resnet18 --data cifar10 --lora rank=4,alpha=8 --lora-target 'layer*'
      """)

  @Argument(
    help: ArgumentHelp("The network.", valueName: RunConfiguration.Model.placeholder),
    transform: { try Spelling.parse($0, as: RunConfiguration.Model.self) })
  var model: RunConfiguration.Model

  @Option(
    help: ArgumentHelp(
      "Images as of this data set (default: fashion-mnist-small).", valueName: "name|path"))
  var data: String?

  @OptionGroup var images: InputOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Tokens of a gpt, an lstm, a gru or a bert (default: 4096).", valueName: "n"))
  var vocabulary: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Images or texts per training step, for its memory (default: 50).", valueName: "n"))
  var batchSize: Int?

  @OptionGroup var network: NetworkOptions

  @Option(
    help: ArgumentHelp(
      "The update rule, for its memory (default: momentum).", valueName: RunConfiguration.Rule.placeholder),
    transform: { try Spelling.parse($0, as: RunConfiguration.Rule.self) })
  var optimizer: RunConfiguration.Rule?

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    try images.check(againstData: data != nil, ofImages: ![.gpt, .lstm, .gru, .bert].contains(model))
  }

  mutating func run() throws {
    var configuration = RunConfiguration()
    configuration.setModel(model, hidden: nil)
    for setting in network.given { setting.set(&configuration) }
    if let optimizer { configuration.optimizer = optimizer }
    let isOfTexts = [.gpt, .lstm, .gru, .bert].contains(model)
    if !isOfTexts { try configuration.checkClassifiesImages() }
    guard isOfTexts || vocabulary == nil else {
      throw ValidationError(
        "--vocabulary is for a gpt, an lstm, a gru or a bert; \(model.inWords) takes no tokens.")
    }
    try configuration.checkModel()
    let summary = try isOfTexts ? ofTexts(configuration) : ofImages(configuration)
    if json { JSONLine.write(summary) } else { Terminal.write(Summary.text(summary)) }
  }

  private func ofImages(_ configuration: RunConfiguration) throws -> ModelSummary {
    let size = try images.images ?? DatasetSize(of: data ?? configuration.data)
    return try ModelSummary(
      of: configuration.makeModel(classes: size.classes), input: size.shape, classes: size.classes,
      batchSize: batchSize ?? configuration.batchSize, optimizer: configuration.makeOptimizer(),
      settings: configuration.adapterSettings)
  }

  private func ofTexts(_ configuration: RunConfiguration) throws -> ModelSummary {
    guard data == nil, images.input == nil else {
      throw ValidationError(
        "--data and --input are for images; \(model.inWords) takes --context tokens of a --vocabulary.")
    }
    let (count, context) = (vocabulary ?? 4096, configuration.context)
    guard (1...1 << 24).contains(count) else {
      throw ValidationError("--vocabulary is \(count), but has to be from 1 to \(1 << 24).")
    }
    let (size, optimizer) = (batchSize ?? configuration.batchSize, configuration.makeOptimizer())
    let field = TokenWindows.tokensField
    guard model == .bert else {
      let net = LanguageTask.net(vocabulary: count, configuration)
      return try ModelSummary(
        of: net, tokens: context, objective: LanguageModeling(net, tokens: field),
        fields: [DataField(field, [context + 1], dtype: .int32)], batchSize: size, optimizer: optimizer,
        settings: configuration.adapterSettings)
    }
    let net = TextClassificationTask.net(vocabulary: count, classes: images.classes ?? 10, configuration)
    return try ModelSummary(
      of: net, tokens: context, objective: Classification(net, classes: net.classes, input: field),
      fields: [
        DataField(field, [context], dtype: .int32), DataField("labels", [], dtype: .int32),
      ], batchSize: size, optimizer: optimizer, settings: configuration.adapterSettings)
  }

  /// A table of the layers, followed by the totals.
  private static func text(_ summary: ModelSummary) -> String {
    let rows =
      [["layer", "kind", "output", "parameters", "flops"]]
      + summary.layers.map { layer in
        [
          layer.path, layer.kind, "[N, \(layer.output.map(String.init).joined(separator: ", "))]",
          layer.parameters == 0 ? "" : layer.parameters.grouped, layer.flops == 0 ? "" : layer.flops.grouped,
        ]
      } + [["total", "", "", summary.parameters.grouped, summary.flops.grouped]]
    let widths = (0..<5).map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      var line = ""
      for (column, text) in row.enumerated() {
        let space = String(repeating: " ", count: widths[column] - text.count)
        line += (column == 0 ? "" : "  ") + (column < 3 ? text + space : space + text)
      }
      return line
    }
    let memory = summary.memory
    let trained = summary.trainedParameters
    let share =
      trained == summary.parameters
      ? ""
      : "\nTrained are \(trained.grouped) parameters, and \((summary.parameters - trained).grouped) stay as they are."
    return lines.joined(separator: "\n") + share + """

      Memory of training on batches of \(summary.batchSize.grouped): \(memory.parameters.inMegabytes(decimals: 2)) of parameters, \
      \(memory.statistics.inMegabytes(decimals: 2)) of running statistics, \(memory.optimizer.inMegabytes(decimals: 2)) of the optimizer's, \
      \(memory.step.inMegabytes(decimals: 2)) of activations and gradients.

      """
  }
}

extension RunConfiguration {
  /// The usual settings with these adapters: of others no memory is told.
  fileprivate var adapterSettings: TrainingSettings {
    var settings = TrainingSettings()
    (settings.lora, settings.loraTargets, settings.loraTrained) = (
      self.lora, self.loraTargets, self.loraTrained
    )
    return settings
  }
}
