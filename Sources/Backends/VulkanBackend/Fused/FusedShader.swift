import Programs
import Tensors

/// The GLSL of one dispatch of a fused kernel.
///
/// Each fusion group is a function of a workgroup index, relative to the fusion group's first workgroup.
struct FusedShader {
  let source: String
  let constants: [UInt32]
  let groupCount: Int
  /// See `DispatchPlan.iterations`.
  let iterations: Int
  /// See `DispatchPlan.subgroupSize`.
  let subgroupSize: Int?

  init(_ kernel: FusedKernel, on device: DeviceTraits) {
    var text = ShaderText()
    let tiles = kernel.tiles(on: device)
    var calls: [String] = []
    var first: [String] = []
    var groupCount = 0
    var iterations = 1
    for (number, fusionGroup) in kernel.fusionGroups.enumerated() {
      let name = "fusionGroup\(number)"
      first.append(number == 0 ? "0u" : text.constant(groupCount))
      let (groups, own): (Int, Int)
      if let tile = tiles[number] {
        (groups, own) = text.contraction(fusionGroup, kernel.buffers, name: name, tile)
      } else if fusionGroup.space.isReduced {
        (groups, own) = text.reduction(
          fusionGroup, kernel.buffers, name: name, groupSize: device.groupSize, on: device)
      } else {
        (groups, own) = text.elements(
          fusionGroup, kernel.buffers, name: name, groupSize: device.groupSize, on: device)
      }
      groupCount += groups
      iterations = max(iterations, own)
      calls.append("\(name)(group - \(first[number]))")
    }
    text.include("index.glsl")
    let total = text.constant(groupCount)
    text.add("void main() {")
    text.add("  uint group = groupIndex();")
    // The grid may be larger than needed, because it is folded from x into y.
    text.add("  if (group >= \(total)) return;")
    for (number, call) in calls.enumerated() {
      let isLast = number + 1 == calls.count
      text.add("  \(isLast ? "" : "if (group < \(first[number + 1])) ")\(call);\(isLast ? "" : " else")")
    }
    text.add("}")
    (self.groupCount, self.iterations) = (groupCount, iterations)
    subgroupSize = tiles.lazy.compactMap { $0.flatMap(device.subgroupSize) }.first
    constants = text.constants
    source = text.source(buffers: kernel.buffers, groupSize: tiles[0]?.groupSize ?? device.groupSize)
  }
}

extension DispatchPlan {
  static func fused(_ kernel: FusedKernel, on device: DeviceTraits) -> DispatchPlan {
    let shader = FusedShader(kernel, on: device)
    return DispatchPlan(
      generated: shader.source, forms: kernel.variants, words: shader.constants,
      groups: device.folded(shader.groupCount), iterations: shader.iterations,
      subgroupSize: shader.subgroupSize)
  }
}

extension FusedKernel {
  /// The tile of each fusion group's product, or nil for a fusion group without one.
  ///
  /// Either all or none of a kernel's fusion groups are products. With shared memory they use one tile, that of
  /// the largest.
  fileprivate func tiles(on device: DeviceTraits) -> [MatrixTile?] {
    let products = fusionGroups.map { $0.contraction.flatMap { MatrixProduct($0.kernel) } }
    let isFloat64 = buffers.contains { $0.dtype == .float64 }
    let own = products.map { $0.map { device.tile(for: $0, isFloat64: isFloat64) } }
    let greatest = products.indices.max { (products[$0]?.work ?? 0) < (products[$1]?.work ?? 0) }
    guard let greatest, let tile = own[greatest], tile.form == .tiled else { return own }
    return products.map { $0 == nil ? nil : tile }
  }
}
