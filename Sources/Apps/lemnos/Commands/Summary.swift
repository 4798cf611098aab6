import ArgumentParser
import Lemnos
import Training
import Wording

/// The command `lemnos summary`.
struct Summary: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List a network's layers, parameters, arithmetic and memory.",
    discussion: """
      Parameters and flops are each layer's own, and add up to the totals. Flops are those of the forward pass for one image; \
      a multiplication and an addition are two.

      Examples:
        lemnos summary resnet18 --input 3x224x224 --classes 1000
        lemnos summary resnet20 --data cifar10 --batch-size 128
        lemnos summary two-layer-net --hidden 100 --optimizer adam
        lemnos summary vit --data cifar10 --patch 4 --blocks 6 --heads 3 --channels 192
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
    help: ArgumentHelp("Images per training step, for its memory (default: 50).", valueName: "n"))
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
    try images.check(againstData: data != nil)
  }

  mutating func run() throws {
    var configuration = RunConfiguration()
    configuration.setModel(model, hidden: nil)
    for setting in network.given { setting.set(&configuration) }
    if let optimizer { configuration.optimizer = optimizer }
    try configuration.checkClassifiesImages()
    try configuration.check()
    let size = try images.images ?? DatasetSize(of: data ?? configuration.data)
    let summary = try ModelSummary(
      of: configuration.makeModel(classes: size.classes), input: size.shape, classes: size.classes,
      batchSize: batchSize ?? configuration.batchSize, optimizer: configuration.makeOptimizer())
    if json { JSONLine.write(summary) } else { Terminal.write(Summary.text(summary)) }
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
    return lines.joined(separator: "\n") + """

      Memory of training on batches of \(summary.batchSize.grouped): \(memory.parameters.inMegabytes(decimals: 2)) of parameters, \
      \(memory.statistics.inMegabytes(decimals: 2)) of running statistics, \(memory.optimizer.inMegabytes(decimals: 2)) of the optimizer's, \
      \(memory.step.inMegabytes(decimals: 2)) of activations and gradients.

      """
  }
}
