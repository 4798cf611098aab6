import Tensors

/// What a device allows and likes, for fusing a program.
package struct DispatchLimits: Sendable {
  /// How many pieces of memory one dispatch may touch.
  package var maximumBuffers: Int

  /// Workgroups that fill the device.
  ///
  /// Deep matrix products that have fewer tiles are computed in parts of their depth, which
  /// are added up afterwards, always in the same order. Nil where a few workgroups do.
  package var workgroups: Int?

  /// Rows and columns that a workgroup makes of a matrix product with few tiles.
  package var tile = 64

  /// How long an invocation may loop; nil where that does not matter.
  package var loops: LoopLimit?

  /// What can be computed together with something else.
  package var fusible = Fusible.everythingGenerated

  /// The most axes of a pointwise kernel that is computed together with something else.
  package var maximumRank = Int.max

  package enum Fusible: Sendable {
    /// All kernels that are written when they are met.
    case everythingGenerated
    /// Chains of pointwise operations, sums of float32 along one axis or the two around another, what is done to the results
    /// of products, and the two steps of max pooling.
    case arithmetic
    /// Nothing: each instruction is a dispatch of its own, or some if it is long.
    case nothing
  }

  /// Products that are dispatched alone, by matrix units; nil for none.
  package var matrixUnits: MatrixUnits?

  package init(maximumBuffers: Int, workgroups: Int? = nil) {
    (self.maximumBuffers, self.workgroups) = (maximumBuffers, workgroups)
  }

  /// Whether a kernel stays by itself, for this device.
  func keepsAlone(_ kernel: Kernel, _ domain: Domain?, of type: DType) -> Bool {
    if matrixUnits?.multiply(kernel) == true, type == .float32 { return true }
    switch fusible {
    case .nothing: return true
    case .everythingGenerated: return false
    case .arithmetic: break
    }
    switch kernel {
    case .matmul: return false
    case .pointwise(let kernel): return kernel.shape.count > maximumRank || kernel.isTransposition
    case .convolution(let kernel): return !kernel.isMadeOfTiles
    case .pooling(let kernel): return !kernel.isOfOnePass
    case .reduction: return type != .float32 || domain.map { !$0.isPlain && !$0.isInterleaved } ?? true
    default: return true
    }
  }

  /// Whether sums over a domain that is not that of their kernel can be computed, at once or in parts.
  func canSum(over domain: Domain) -> Bool {
    guard let longest = loops?.longestReduction, domain.reducedCount > longest else { return true }
    return domain.split(longest: longest) != nil
  }

  /// In how many parts of its depth to compute a product; 1 for all at once.
  func parts(rows: Int, columns: Int, depth: Int, count: Int = 1) -> Int {
    guard let workgroups else { return 1 }
    let tiles = max(1, (rows + tile - 1) / tile * ((columns + tile - 1) / tile) * count)
    // A part of less than 128 would cost more for its sum than it saves.
    return max(1, min(workgroups / tiles, depth / 128, 64))
  }
}
