import CPUBackend
import Devices
import Execution
import Layers
import Losses
import Models
import Optimizers
import Programs
import Tensors
import TestSupport
import Testing

#if VULKAN
import VulkanBackend
#endif

/// A training step on a batch of rows in a shuffled order.
private struct NetworkStep {
  let program: Program

  /// - Parameters:
  ///   - images: `[N, C, H, W]`, of all examples.
  ///   - penalty: the factor of the sum of squared weights; 0 for none.
  init(
    _ model: any Layer, images shape: Shape, batch: Int, penalty: Double = 0,
    optimizer: any Optimizer = Momentum(learningRate: 0.01), precision: Precision = .float32
  ) throws {
    let key = State("key", [2], dtype: .int32, role: .progress)
    let step = State("step", [], dtype: .int32, role: .progress)
    let images = State("images", shape, role: .data, initial: .normal(standardDeviation: 1))
    let pass = Pass(
      .training, states: StateStore(), precision: precision, key: key.value, counter: step.value)
    let rows = shuffledBatch(batch, of: shape[0], key: key.value, counter: step.value)
    let scores = model.forward(images.value.gathered(at: rows), in: pass)
    // A class of each pixel, or of each image.
    let classes = scores.shape[1]
    let matrix =
      scores.rank == 4
      ? scores.transposed([0, 2, 3, 1]).reshaped([scores.shape.count / classes, classes]) : scores
    let labels = Tensor.indices(matrix.shape[0]) % Double(classes)
    let parameters = pass.states.parameters
    let squares = parameters.filter { $0.role == .weight && penalty > 0 }.map { ($0.value * $0.value).sum() }
    let loss = squares.reduce(softmaxCrossEntropy(matrix, labels).mean()) { $0 + penalty * $1 }
    let gradients = gradients(of: loss, at: parameters.map(\.value))
    let update = optimizer.minimizing(gradients, at: parameters)
    program = try Program(
      "step",
      outputs: [("loss", loss)] + zip(parameters, gradients).map { (name: $0.name, tensor: $1) },
      assignments: update.assignments + pass.assignments + [Assignment(step, step.value + 1)])
  }

  /// The loss and the gradients of the second step.
  func values(on backend: any Backend) throws -> [[Double]] {
    let executable = try backend.compile(program)
    try executable.run(steps: 2)
    return try program.outputs.indices.map { try executable.output($0).doubles }
  }
}

/// What a step costs, by its plan.
private struct PlannedCost: CustomStringConvertible {
  let instructions: Int
  let bytes: Int
  let arena: Int
  /// Pointwise operations, counted once per kernel.
  let operations: Int
  /// Seconds on a graphics card; nil where no card is predicted.
  var seconds: Double?

  init(_ program: Program) {
    instructions = program.instructions.count
    bytes = program.byteTraffic
    arena = program.arenaByteCount
    operations = program.instructions.reduce(0) { $0 + $1.kernel.pointwiseCount }
  }

  /// True if another plan has more kernels or operations, or takes at least a hundredth more of anything else.
  func saves(against other: PlannedCost) -> Bool {
    func isLess(_ a: Double, _ b: Double) -> Bool { b >= 1.01 * a && b > a }
    if let seconds, let others = other.seconds, isLess(seconds, others) { return true }
    return instructions < other.instructions || operations < other.operations
      || isLess(Double(bytes), Double(other.bytes))
      || isLess(Double(arena), Double(other.arena))
  }

  var description: String {
    "\(instructions) kernels, \(operations) operations, \(bytes) bytes moved, arena of \(arena) bytes"
      + (seconds.map { ", \($0 * 1e6) µs predicted" } ?? "")
  }
}

extension Kernel {
  fileprivate var pointwiseCount: Int {
    switch self {
    case .pointwise(let kernel): kernel.steps.count
    case .fused(let kernel):
      kernel.fusionGroups.reduce(0) { $0 + $1.parts.reduce(0) { $0 + $1.kernel.pointwiseCount } }
    default: 0
    }
  }
}

/// Self-attention over the pixels of images, whose features are their channels in another number.
private struct PixelAttention: Layer {
  let heads: Int
  let keyValueHeads: Int

  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    let pixels = x.reshaped([x.shape[0], x.shape[1], x.shape[2] * x.shape[3]]).transposed([0, 2, 1])
    let features = Dense(16 * heads)(pixels, in: pass, as: "features")
    let seen = MultiHeadAttention(heads: heads, keyValueHeads: keyValueHeads)(
      features, in: pass, as: "attention")
    return Dense(10)((features + seen).mean([1]), in: pass, as: "scores")
  }
}

@Suite("Rewrites of programs")
struct RewriteTests {
  private static func networks(_ precision: Precision) throws -> [(name: String, step: NetworkStep)] {
    func mlp(
      _ layers: Int, _ normalization: FullyConnectedNet.Normalization, _ dropout: Double = 0
    ) -> any Layer {
      FullyConnectedNet(
        hidden: Array(repeating: 100, count: layers), classes: 10, normalization: normalization,
        dropout: dropout)
    }
    let vgg = Sequential {
      for filters in [64, 128, 256] {
        for _ in 0..<2 {
          Convolution2D(filters: filters, kernel: 3, padding: .uniform(1), bias: false)
          BatchNorm()
          ReLU()
        }
        MaxPool2D(window: 2)
      }
      Dense(10)
    }
    let grouped = Sequential {
      for filters in [32, 64] {
        Convolution2D(filters: filters, kernel: 3, padding: .uniform(1))
        GroupNorm(groups: 8)
        ReLU()
        MaxPool2D(window: 2)
      }
      Dense(10)
    }
    let colored: Shape = [500, 3, 32, 32]
    return [
      (
        "two-layer-net",
        try NetworkStep(
          TwoLayerNet(hidden: 100, classes: 10), images: colored, batch: 100,
          optimizer: SGD(learningRate: 0.01),
          precision: precision)
      ),
      ("five-layer-net", try NetworkStep(mlp(4, .none), images: colored, batch: 100, precision: precision)),
      (
        "six-layer-net, batch norm",
        try NetworkStep(
          mlp(5, .batch, 0.25), images: colored, batch: 50, optimizer: Adam(), precision: precision)
      ),
      (
        "six-layer-net, layer norm",
        try NetworkStep(
          mlp(5, .layer), images: colored, batch: 100, penalty: 1e-3, optimizer: Adam(), precision: precision)
      ),
      (
        "three-layer-convnet",
        try NetworkStep(
          ThreeLayerConvNet(hidden: 500, classes: 10), images: colored, batch: 50, penalty: 1e-3,
          optimizer: Adam(), precision: precision)
      ),
      ("group norm", try NetworkStep(grouped, images: colored, batch: 32, precision: precision)),
      ("vgg-6", try NetworkStep(vgg, images: colored, batch: 64, precision: precision)),
      (
        "resnet18",
        try NetworkStep(ResNet.resNet18(classes: 10), images: colored, batch: 32, precision: precision)
      ),
      ("unet", try NetworkStep(UNet(classes: 3), images: [100, 3, 64, 64], batch: 16, precision: precision)),
      (
        "mobilenetv2",
        try NetworkStep(MobileNetV2(classes: 10), images: colored, batch: 32, precision: precision)
      ),
      (
        "attention",
        try NetworkStep(
          PixelAttention(heads: 4, keyValueHeads: 4), images: [100, 3, 8, 8], batch: 32, precision: precision)
      ),
      (
        "grouped attention",
        try NetworkStep(
          PixelAttention(heads: 4, keyValueHeads: 2), images: [100, 3, 8, 8], batch: 32, precision: precision)
      ),
    ]
  }

  private static func backends(without rewrite: Rewrite?) throws -> [(name: String, backend: any Backend)] {
    let rewrites = Set([rewrite].compactMap(\.self))
    var backends: [(name: String, backend: any Backend)] = [
      ("CPU", CPUBackend(guardByteCount: 0, withoutRewrites: rewrites))
    ]
    #if VULKAN
    if VulkanUnderTest.missing == nil {
      backends.append(("Vulkan", try VulkanBackend(cache: nil, withoutRewrites: rewrites)))
    }
    #endif
    return backends
  }

  private static func cost(
    _ program: Program, on backend: any Backend, without rewrite: Rewrite?, predicting: Bool
  ) throws -> PlannedCost {
    var cost = PlannedCost(backend.planned(program))
    #if VULKAN
    if predicting, let card = CardModel.all.first(where: { $0.name == "rtx4090" }) {
      let rewrites = Set([rewrite].compactMap(\.self))
      cost.seconds =
        try StepPrediction(of: program, on: card, withoutRewrites: rewrites) { _, _ in "" }.seconds
    }
    #endif
    return cost
  }

  /// What gains nothing beyond one network is not worth its code.
  ///
  /// Except for reductions merged within a dispatch, of which no plan says how often they read an input: what
  /// their row says has been timed.
  @Test(
    "gain something in more than one network, by the plans",
    // Some are for graphics cards only.
    .enabled(if: VulkanUnderTest.missing == nil),
    arguments: Rewrite.allCases.filter { $0 != .mergeReductions })
  func gains(_ rewrite: Rewrite) throws {
    let networks = try Self.networks(rewrite == .roundBeforeMovement ? .bfloat16 : .float32)
    let (with, without) = try (Self.backends(without: nil), Self.backends(without: rewrite))
    var winners: Set<String> = []
    for (name, step) in networks {
      for ((backend, on), (_, off)) in zip(with, without) {
        let predicts = backend == "Vulkan"
        let more = try Self.cost(step.program, on: off, without: rewrite, predicting: predicts)
        let less = try Self.cost(step.program, on: on, without: nil, predicting: predicts)
        if less.saves(against: more) { winners.insert(name) }
      }
    }
    #expect(winners.count > 1, "it gains something in \(winners.sorted()) only")
  }

  private static func small() throws -> [(name: String, step: NetworkStep)] {
    let resnet = ResNet(.basic, depths: [1, 1], widths: [8, 16], classes: 5)
    let convnet = ThreeLayerConvNet(filters: 8, kernel: 3, hidden: 20, classes: 5)
    return [
      ("resnet", try NetworkStep(resnet, images: [30, 3, 12, 12], batch: 8, penalty: 1e-3)),
      ("unet", try NetworkStep(UNet(classes: 3, widths: [4, 8]), images: [20, 3, 16, 16], batch: 4)),
      ("convnet", try NetworkStep(convnet, images: [40, 3, 16, 16], batch: 8, penalty: 1e-3)),
      (
        "layer norm",
        try NetworkStep(
          FullyConnectedNet(hidden: [96, 96], classes: 5, normalization: .layer), images: [300, 3, 8, 8],
          batch: 128, penalty: 1e-3)
      ),
    ]
  }

  @Test("leave the gradients of networks as they are, each left out in turn", arguments: Rewrite.allCases)
  func networks(_ rewrite: Rewrite) throws {
    for (name, step) in try Self.small() {
      let reference = try step.values(on: CPUBackend(.reference))
      for (backend, off) in try Self.backends(without: rewrite) {
        let values = try step.values(on: off)
        for (output, (found, expected)) in zip(values, reference).enumerated() {
          // Float32 sums of up to 4,096 terms in another order, through two dozen layers and one update.
          let scale = expected.map(abs).max() ?? 0
          let error = zip(found, expected).map { abs($0 - $1) }.max() ?? 0
          #expect(
            error <= 2e-4 * max(scale, 1e-3),
            "\(name) on \(backend): \(step.program.outputs[output].name) is \(error) of \(scale) off")
        }
      }
    }
  }
}
