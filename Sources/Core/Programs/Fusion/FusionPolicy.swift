package import Tensors

/// A backend's decisions and limits for fusion, each asked for by name.
///
/// The defaults suit a device that runs generated code, on which launching a kernel costs as much as a small
/// kernel computes. A backend states its own beside the reasons for them.
package struct FusionPolicy: Sendable {
  // MARK: Rewrites

  /// The rewrites that suit the backend, each applied wherever its pattern occurs.
  package var rewrites = Rewrite.usual

  // MARK: Kernels that fuse

  /// True if a kernel fuses with others; false if it is dispatched alone.
  ///
  /// Its second argument is the iteration space of a sum or loss, which may differ from the kernel's own; the
  /// third is the type of its results.
  package var canFuse: @Sendable (Kernel, IterationSpace?, DType) -> Bool = { _, _, _ in true }

  /// True if pooling fuses with other kernels; false if only its two steps, argmax and gather, fuse with each
  /// other.
  package var fusesPoolingWithOthers = true

  // MARK: Sums

  /// True if a sum fuses with the kernel that produces its elements even where these have other readers and
  /// are stored.
  ///
  /// If false, that holds for up to `smallCount` elements only.
  package var fusesSumsOfStoredValues = false

  /// For `Rewrite.secondarySums`: true if a fusion group can accumulate sums of its elements over axes other
  /// than those it reduces (`FusionGroup.Extent.secondary`); the argument is their iteration space.
  package var fusesSecondarySums: @Sendable (IterationSpace) -> Bool = { _ in false }

  /// For `Rewrite.sumsIntoProducts`: true if a matrix product finishes its result by whole rows, so that it
  /// can accumulate sums of the state that it overwrites (say the squared norm of weights).
  package var completesRows: @Sendable (MatMulKernel) -> Bool = { _ in false }

  // MARK: Limits of a dispatch

  /// The maximum number of buffers per dispatch.
  package var maximumBuffers: Int

  /// The maximum number of operations in a fusion group: bounds its registers and instructions.
  package var maximumParts = 48

  /// The maximum loop length of a thread; nil if unlimited.
  package var loops: LoopLimit?

  // MARK: Parallelism

  /// Nil if products of few results need no split to keep the device busy.
  package var splitK: SplitK?

  /// The number of sums side by side from which a reduction keeps the device busy.
  package var parallelSums = 32

  /// The largest iteration space that the threads of few sums may process alone while the rest of the device
  /// idles.
  package var serialCount = 4096

  /// The largest iteration space whose elements are read once more rather than stored.
  package var smallCount = 65_536

  /// The most bytes that a group delayed to share a dispatch may keep in memory.
  package var smallByteCount = 1 << 20

  /// The most bytes that a group of elementwise work reads and makes in a dispatch that it shares with sums.
  package var mostSharedByteCount = Int.max

  /// The most operations of a matrix product that shares a dispatch with another.
  package var smallFlops = 100_000_000

  package init(maximumBuffers: Int, splitK: SplitK? = nil) {
    (self.maximumBuffers, self.splitK) = (maximumBuffers, splitK)
  }

  /// The same policy without some rewrites.
  package func without(_ rewrites: Set<Rewrite>) -> FusionPolicy {
    var policy = self
    policy.rewrites.subtract(rewrites)
    return policy
  }
}

extension FusionPolicy {
  /// When to split the depth of a product among groups of threads, whose partial sums are added in a fixed
  /// order.
  package struct SplitK: Sendable {
    /// The number of groups of threads that fills the device.
    package var groups: Int

    /// Rows and columns of the result that a group computes.
    package var side = 64

    /// The least depth of a part: a shorter one costs more in the final sum than it saves.
    package var leastDepth = 128

    package var maximumParts = 64

    package init(groups: Int) { self.groups = groups }

    /// The number of parts of `count` products; 1 for no split.
    func parts(rows: Int, columns: Int, depth: Int, count: Int) -> Int {
      let blocks = max(1, (rows + side - 1) / side * ((columns + side - 1) / side) * count)
      return max(1, min(groups / blocks, depth / leastDepth, maximumParts))
    }
  }

  /// The number of parts into which a product's depth is split, for parallelism or by the loop limit.
  func parts(of kernel: Kernel, isFloat32: Bool) -> Int {
    let least = leastParts(of: kernel)
    guard rewrites.contains(.splitProducts), isFloat32, let splitK, let size = kernel.productSize else {
      return least
    }
    return max(
      least,
      splitK.parts(rows: size.rows, columns: size.columns, depth: size.depth, count: size.count))
  }

  /// The number of parts that the loop limit asks for.
  func leastParts(of kernel: Kernel) -> Int {
    guard let longest = loops?.longestDepth, let size = kernel.productSize else { return 1 }
    return max(1, (size.depth + longest - 1) / longest)
  }

  /// True if sums over an iteration space fit the loop limit, whole or in parts.
  func canSum(over space: IterationSpace) -> Bool {
    guard let longest = loops?.longestReduction, space.reducedCount > longest else { return true }
    return space.split(longest: longest) != nil
  }
}

extension Kernel {
  /// The sizes of a product, and the number of products; nil for other kernels.
  fileprivate var productSize: (rows: Int, columns: Int, depth: Int, count: Int)? {
    switch self {
    case .matmul(let kernel): return (kernel.m, kernel.n, kernel.k, 1)
    case .convolution(let kernel):
      let (rows, columns, depth) = kernel.matrix
      return (rows, columns, depth, kernel.matrixCount)
    default: return nil
    }
  }
}
