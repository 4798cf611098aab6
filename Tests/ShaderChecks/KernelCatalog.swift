import Datasets
import Layers
import Models
import Optimizers
import Programs
import Tensors
import TestSupport
import Training
package import VulkanBackend

/// The kernels that the Vulkan backend makes of the op table, in both float types, and of the training steps of models.
package enum KernelCatalog {
  package struct Entry {
    /// The training step that needs it first, or `opTable`.
    package let group: String
    package let variant: KernelVariant

    /// One name for each kernel: a generated one is known by where it is needed.
    package let name: String
  }

  package static let opTable = "op table"

  /// Each kernel once.
  ///
  /// - Parameters:
  ///   - forCards: for graphics cards, or else for processors that speak Vulkan.
  ///   - hasSubgroupsOf8: whether 8 of such a processor's invocations are a subgroup.
  package static func entries(forCards: Bool, hasSubgroupsOf8: Bool = false) throws -> [Entry] {
    let lister = KernelLister(forCards: forCards, hasSubgroupsOf8: hasSubgroupsOf8)
    var seen: Set<KernelVariant.Code> = []
    var uses: [String: Int] = [:]
    var entries: [Entry] = []
    // The operations also one by one: what is alone in its dispatch has a shader of its own.
    let steps = try trainingSteps().map { ($0, $1, fuses: true, tile: Int?.none) }
    let rows = try programs(of: OpTable.rows)
    var programs = steps
    for fuses in [true, false] { programs += rows.map { ($0, $1, fuses: fuses, tile: nil) } }
    // Some shaders only combine the parts of what is long.
    programs += try self.programs(of: OpTable.large).map { ($0, $1, fuses: false, tile: nil) }
    // What tuning may choose.
    let products = try products()
    programs += (0..<lister.tileCount).map { ("tiles", products, fuses: false, tile: $0) }
    for (group, program, fuses, tile) in programs {
      for variant in try lister.variants(of: program, fuses: fuses, tile: tile)
      where seen.insert(variant.code).inserted {
        let name = variant.isGenerated ? "\(group), \(program.name): \(variant.name)" : variant.name
        uses[name, default: 0] += 1
        let use = uses[name, default: 1]
        entries.append(
          Entry(group: group, variant: variant, name: use == 1 ? name : "\(name), \(use)"))
      }
    }
    return entries
  }

  /// One product of each kind.
  private static func products() throws -> Program {
    func input(_ name: String, _ shape: Shape) -> Tensor { State(name, shape, role: .data).value }
    let (x, w) = (input("x", [2, 4, 8, 8]), input("w", [6, 4, 3, 3]))
    let y = conv2D(x, w)
    let pulled = gradients(of: y, upstream: input("dy", y.shape), at: [x, w])
    let tensors = [matmul(input("a", [64, 64]), input("b", [64, 64])), y] + pulled
    return try Program(
      "products", outputs: tensors.enumerated().map { (name: "\($0.offset)", tensor: $0.element) })
  }

  private static func programs(of rows: [OpRow]) throws -> [(String, Program)] {
    try rows.flatMap { row in
      try [(DType.float32, "\(row)"), (.float64, "\(row), float64")].map { real, name in
        let inputs = row.inputs.enumerated().map { index, input in
          let type = input.type(real)
          return State("input \(index)", type.shape, dtype: type.dtype, role: .data).value
        }
        return (opTable, try Program(name, outputs: [("y", row.build(inputs))]))
      }
    }
  }

  /// Steps in which every optimizer and most layers are at work: among others a kernel may look different than alone.
  private static func trainingSteps() throws -> [(String, Program)] {
    let rate = 1e-3
    var changed = TrainingSettings()
    changed.augmentation = Augmentation(horizontalFlip: true, shift: 4)
    changed.normalization = .perChannel
    changed.regularization = 1e-4
    changed.clipNorm = 1
    let deep = FullyConnectedNet(
      hidden: [100, 100, 100, 100], classes: 10, normalization: .batch, dropout: 0.5)
    let layered = FullyConnectedNet(hidden: [100], classes: 10, normalization: .layer)
    let steps: [(String, any Layer, any Optimizer, TrainingSettings)] = [
      ("two-layer net", TwoLayerNet(classes: 10), SGD(learningRate: rate), TrainingSettings()),
      ("five-layer net", deep, Adam(learningRate: rate), TrainingSettings()),
      ("layer-normalized net", layered, RMSProp(learningRate: rate), TrainingSettings()),
      (
        "three-layer convnet", ThreeLayerConvNet(classes: 10), Momentum(learningRate: rate),
        TrainingSettings()
      ),
      ("VGG-11", VGG.vgg11(classes: 10), NesterovMomentum(learningRate: rate), TrainingSettings()),
      ("ResNet-20", ResNet.resNet20(classes: 10), AdamW(learningRate: rate), changed),
    ]
    return try steps.map { name, model, optimizer, settings in
      let image = ImageShape(channels: 3, height: 32, width: 32)
      let step = try Program.trainingStep(
        of: model, input: image, classes: 10, optimizer: optimizer, settings: settings)
      return (name, step)
    }
  }
}
