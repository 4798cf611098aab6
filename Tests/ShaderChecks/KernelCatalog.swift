import Datasets
import Layers
import Models
import Optimizers
import Execution
import Programs
import Tensors
import TestSupport
import Training
package import VulkanBackend

/// The Vulkan backend's kernels for the op table, in both float types, and for the training steps of models.
package enum KernelCatalog {
  package struct Entry {
    /// The first training step that uses it, or `opTable`.
    package let group: String
    package let variant: KernelVariant

    /// A unique name for each kernel: a generated one is named by where it is used.
    package let name: String

    /// True if it is used without tuning.
    package var isDefault: Bool { group != KernelCatalog.tuned }
  }

  package static let opTable = "op table"

  /// The group of the kernels that only tuning selects.
  package static let tuned = "tuned"

  /// The kernels, each once.
  ///
  /// - Parameters:
  /// - forCards: true for GPUs, false for CPU implementations of Vulkan.
  /// - hasSubgroupsOf8: true if such an implementation has a subgroup size of 8.
  package static func entries(forCards: Bool, hasSubgroupsOf8: Bool = false) throws -> [Entry] {
    try entries(of: KernelLister(forCards: forCards, hasSubgroupsOf8: hasSubgroupsOf8))
  }

  /// The kernels, each once.
  package static func entries(of lister: KernelLister) throws -> [Entry] {
    var seen: Set<KernelVariant.Code> = []
    var uses: [String: Int] = [:]
    var entries: [Entry] = []
    func add(_ group: String, _ program: Program, _ variants: [KernelVariant]) {
      for variant in variants where seen.insert(variant.code).inserted {
        let name = variant.isGenerated ? "\(group), \(program.name): \(variant.name)" : variant.name
        uses[name, default: 0] += 1
        let use = uses[name, default: 1]
        entries.append(
          Entry(group: group, variant: variant, name: use == 1 ? name : "\(name), \(use)"))
      }
    }
    for (group, program) in try trainingSteps() { add(group, program, try lister.variants(of: program)) }
    // The operations also unfused: alone in a dispatch an operation has its own shader.
    let rows = try programs(of: OpTable.rows, float64: lister.hasFloat64)
    for fuses in [true, false] {
      for program in rows { add(opTable, program, try lister.variants(of: program, fuses: fuses)) }
    }
    // Some shaders only combine the partial results of long reductions.
    for program in try programs(of: OpTable.large, float64: lister.hasFloat64) {
      add(opTable, program, try lister.variants(of: program, fuses: false))
    }
    for precision in lister.unitPrecisions {
      let products = try products(precision)
      for isLarge in [false, true] {
        add(
          "matrix units", products, try lister.variants(of: products, fuses: false, largeUnitTiles: isLarge))
      }
    }
    // Large enough for the kernels of large products.
    let large = try products(.float32, scale: 8)
    add(opTable, large, try lister.variants(of: large, fuses: false))
    let products = try products(.float32)
    for tile in 0..<lister.tileCount {
      add(tuned, products, try lister.variants(of: products, fuses: false, tile: tile))
    }
    return entries
  }

  /// One product of each kind.
  private static func products(_ precision: Precision, scale: Int = 1) throws -> Program {
    func input(_ name: String, _ shape: Shape) -> Tensor { State(name, shape, role: .data).value }
    let x = input("x", [2 * scale, 128, 8 * scale, 8 * scale])
    let w = input("w", [128 * scale, 128, 3, 3])
    let y = conv2D(x, w, precision: precision)
    let pulled = gradients(of: y, upstream: input("dy", y.shape), at: [x, w])
    let side = 256 * scale
    let product = matmul(input("a", [side, side]), input("b", [side, side]), precision: precision)
    return try Program(
      "products",
      outputs: ([product, y] + pulled).enumerated().map { (name: "\($0.offset)", tensor: $0.element) })
  }

  private static func programs(of rows: [OpRow], float64: Bool) throws -> [Program] {
    let types: [(DType, String)] = [(.float32, "")] + (float64 ? [(.float64, ", float64")] : [])
    return try rows.flatMap { row in
      try types.map { real, suffix in
        let inputs = row.inputs.enumerated().map { index, input in
          let type = input.type(real)
          return State("input \(index)", type.shape, dtype: type.dtype, role: .data).value
        }
        return try Program("\(row)\(suffix)", outputs: [("y", row.build(inputs))])
      }
    }
  }

  /// Steps that contain every optimizer and most layers: fused with others a kernel may differ from the
  /// kernel alone.
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
