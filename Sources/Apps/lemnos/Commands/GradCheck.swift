import ArgumentParser
import CS231n
import Lemnos

/// The command `lemnos gradcheck`.
struct GradCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradcheck",
    abstract: "Compare the gradients of a network or a layer with numerical ones.",
    discussion: """
      Every parameter of a small network of the kind, or of a layer and its input, is moved by ±0.00001, in float64. \
      The error of a gradient is max |a − n| / max(10⁻⁸, |a| + |n|) over its elements; all have to be below 10⁻⁶, or \
      the exit code is 1.

      A Vulkan device that has float64 computes all of it. One that has not computes the gradients in float32, and they \
      are compared with the CPU's in float64, which are checked as above: the error is then max |a − n| relative to the \
      greatest gradient of the tensor, or to a tenth of the greatest of all, and has to be below 10⁻⁵, because float32 \
      rounds every step to 6·10⁻⁸.

      Examples:
        lemnos gradcheck --model two-layer-net
        lemnos gradcheck --layer conv2d
        lemnos gradcheck --layer conv2d --backend vulkan
        lemnos gradcheck --model fully-connected-net --hidden 8,7,6,5 --reg 0.1
      """)

  @Option(
    help: ArgumentHelp(
      "A layer in place of a network: \(CheckedLayer.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "layer"),
    transform: { try Spelling.parse($0, as: CheckedLayer.self) })
  var layer: CheckedLayer?

  @Option(
    help: ArgumentHelp(
      "The network, one of those with hidden layers; of the others check --layer.",
      valueName: "two-layer-net|fully-connected-net|three-layer-convnet"),
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

  @OptionGroup var backend: CheckedBackendOptions

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Strength of the L2 penalty on weights.", valueName: "x"))
  var reg = 0.1

  @Option(parsing: .unconditional, help: ArgumentHelp("Decides inputs and parameters.", valueName: "n"))
  var seed: UInt64 = 231

  mutating func run() throws {
    let report = try layer.map(check) ?? checkModel()
    Terminal.write(
      report.isInFloat32
        ? "Backend: \(report.backend), in float32, because it has no float64.\n"
        : "Backend: \(report.backend), in float64.\n")
    Terminal.write("\(report)\n")
    let failures = report.failures()
    guard failures.isEmpty else {
      let worst = failures.map { row in
        let (index, analytic, numeric) = row.worst
        return switch row.comparison {
        case .differences:
          "\(row.name): element \(index) is \(analytic) by formula and \(numeric) by differences"
        case .float64: "\(row.name): element \(index) is \(analytic) in float32 and \(numeric) in float64"
        }
      }
      throw Failure(
        "wrong gradients, or a kink near the point; try another --seed.\n" + worst.joined(separator: "\n"),
        code: 1)
    }
    Terminal.write(
      report.isInFloat32
        ? "All gradients agree: by formula and by differences within 1e-6, in float32 and in float64 within 1e-5.\n"
        : "All gradients agree within 1e-6.\n")
  }

  private func check(_ layer: CheckedLayer) throws -> GradientReport {
    try checkGradients(of: layer.layer, input: layer.input, on: backend.choice, seed: seed)
  }

  private func checkModel() throws -> GradientReport {
    if let layer = CheckedLayer.part(of: model) {
      throw Failure(
        "\(model.inWords) has too many parameters to move one by one; check what it is made of with "
          + "--layer \(layer.rawValue)", code: 64)
    }
    var configuration = RunConfiguration()
    configuration.model = model
    configuration.hidden = hidden ?? (model == .fullyConnectedNet ? [8, 7, 6, 5] : [20])
    try configuration.checkClassifiesImages()
    try configuration.check()
    guard reg.isFinite, reg >= 0 else {
      throw Failure(
        "the regularization is \(reg), but has to be a finite number that is not negative", code: 64)
    }
    return try checkGradients(
      of: configuration.makeModel(classes: 5), loss: .softmaxCrossEntropy, input: [6, 1, 4, 4], classes: 5,
      regularization: reg, on: backend.choice, seed: seed)
  }
}

extension CheckedLayer {
  /// The main building block of a network that is too large to check whole; nil for others.
  fileprivate static func part(of model: RunConfiguration.Model) -> CheckedLayer? {
    switch model {
    case .twoLayerNet, .fullyConnectedNet, .threeLayerConvNet, .mlp, .unet, .autoencoder, .gpt, .lstm,
      .gru:
      nil
    case .vgg11, .vgg16, .mobilenetv2: .convNormReLU
    case .resnet18, .resnet34, .resnet20: .basicBlock
    case .resnet50: .bottleneck
    case .vit, .bert: .multiHeadAttention
    }
  }
}
