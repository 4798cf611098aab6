import ArgumentParser
import CS231n
import Lemnos

/// The command `lemnos gradcheck`.
struct GradCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradcheck",
    abstract: "Compare the gradients of a network or a layer with numerical ones.",
    discussion: """
      Every parameter of a small network of the kind, or of a layer and its input, is moved by ±0.00001, in float64
      on the CPU. The error of a gradient is max |a − n| / max(10⁻⁸, |a| + |n|) over its elements; all have to be
      below 10⁻⁶, or the exit code is 1.

      Examples:
        lemnos gradcheck --model two-layer-net
        lemnos gradcheck --layer conv2d
        lemnos gradcheck --model fully-connected-net --hidden 8,7,6,5 --reg 0.1
      """)

  @Option(
    help: ArgumentHelp(
      "A layer in place of a network: \(CheckedLayer.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "layer"),
    transform: { try Spelling.parse($0, as: CheckedLayer.self) })
  var layer: CheckedLayer?

  @Option(
    help: ArgumentHelp("The network.", valueName: "two-layer-net|fully-connected-net|three-layer-convnet"),
    transform: { try Spelling.parse($0, as: RunConfiguration.Model.self) })
  var model = RunConfiguration.Model.twoLayerNet

  @Option(
    help: ArgumentHelp("Units of each hidden layer (default: 20, or 8,7,6,5).", valueName: "n,n,…"),
    transform: { text in
      try text.split(separator: ",").map { part in
        guard let units = Int(part), (1...1000).contains(units) else {
          throw ValidationError("'\(text)' is no list of layer sizes such as 20 or 8,7,6,5.")
        }
        return units
      }
    })
  var hidden: [Int]?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Strength of the L2 penalty on weights.", valueName: "x"))
  var reg = 0.1

  @Option(parsing: .unconditional, help: ArgumentHelp("Decides inputs and parameters.", valueName: "n"))
  var seed: UInt64 = 231

  mutating func run() throws {
    let report = try layer.map(check) ?? checkModel()
    Terminal.write("\(report)\n")
    let failures = report.failures()
    guard failures.isEmpty else {
      let worst = failures.map { row in
        "\(row.name): element \(row.worst.index) is \(row.worst.analytic) by formula and \(row.worst.numeric) by differences"
      }
      throw Failure(
        "wrong gradients, or a kink near the point; try another --seed.\n" + worst.joined(separator: "\n"),
        code: 1)
    }
    Terminal.write("All gradients agree within 1e-6.\n")
  }

  private func check(_ layer: CheckedLayer) throws -> GradientReport {
    try checkGradients(of: layer.layer, input: layer.input, seed: seed)
  }

  private func checkModel() throws -> GradientReport {
    var configuration = RunConfiguration()
    configuration.model = model
    configuration.hidden = hidden ?? (model == .fullyConnectedNet ? [8, 7, 6, 5] : [20])
    try configuration.check()
    guard reg.isFinite, reg >= 0 else {
      throw Failure(
        "the regularization is \(reg), but has to be a finite number that is not negative", code: 64)
    }
    return try checkGradients(
      of: configuration.makeModel(classes: 5), loss: .softmaxCrossEntropy, input: [6, 1, 4, 4], classes: 5,
      regularization: reg, seed: seed)
  }
}
