import Tensors

/// The device's limits and preferences for fusion.
package struct DispatchLimits: Sendable {
  /// The maximum number of buffers per dispatch.
  package var maximumBuffers: Int

  /// The number of workgroups that fills the device.
  ///
  /// Matrix products with fewer tiles and a large depth are computed split-K; the partial sums are added in a
  /// fixed order. Nil if a few workgroups are enough.
  package var workgroups: Int?

  /// Tile size, rows and columns per workgroup, of a matrix product with few tiles.
  package var tile = 64

  /// The maximum loop length of an invocation; nil if unlimited.
  package var loops: LoopLimit?

  /// The kernels that can be fused.
  package var fusible = Fusible.everythingGenerated

  /// The maximum rank of a pointwise kernel in a fusion group.
  package var maximumRank = Int.max

  package enum Fusible: Sendable {
    /// All kernels whose code is generated.
    case everythingGenerated
    /// On the CPU: pointwise chains, float32 sums over one axis or the two around another, epilogues of
    /// products, and the two steps of max pooling.
    case arithmetic
    /// Nothing: one dispatch per instruction, or several for a long one.
    case nothing
  }

  /// Products dispatched alone, on matrix units; nil for none.
  package var matrixUnits: MatrixUnits?

  package init(maximumBuffers: Int, workgroups: Int? = nil) {
    (self.maximumBuffers, self.workgroups) = (maximumBuffers, workgroups)
  }

  /// True if this device does not fuse a kernel with others.
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

  /// True if sums over an iteration space other than their kernel's own fit the loop limit, whole or in
  /// parts.
  func canSum(over domain: Domain) -> Bool {
    guard let longest = loops?.longestReduction, domain.reducedCount > longest else { return true }
    return domain.split(longest: longest) != nil
  }

  /// The number of split-K parts of a product; 1 for no split.
  func parts(rows: Int, columns: Int, depth: Int, count: Int = 1) -> Int {
    guard let workgroups else { return 1 }
    let tiles = max(1, (rows + tile - 1) / tile * ((columns + tile - 1) / tile) * count)
    // A part of depth below 128 would cost more in its final sum than it saves.
    return max(1, min(workgroups / tiles, depth / 128, 64))
  }
}
