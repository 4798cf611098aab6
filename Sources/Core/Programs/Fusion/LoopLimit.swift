import Tensors

/// The maximum number of loop iterations of one thread, over all its loops, on a device that bounds them.
///
/// Longer loops are split into parts (`DispatchWork+Splitting`), combined by another dispatch.
package struct LoopLimit: Hashable, Sendable {
  package let iterations: Int

  /// The maximum number of threads that share a reduction.
  package let lanes: Int

  package init(iterations: Int, lanes: Int) { (self.iterations, self.lanes) = (iterations, lanes) }

  /// The maximum depth of one split-K part.
  ///
  /// A convolution also iterates over the rows of its window or its results, each of at least one element.
  var longestDepth: Int { iterations / 2 }

  /// The maximum number of elements reduced by one thread alone.
  var longestSerial: Int { iterations / 2 }

  /// The maximum number of elements reduced by `lanes` threads, which may pass over them several times for
  /// dependent sums.
  var longestReduction: Int { iterations / 8 * lanes }

  /// True if the threads may make so many passes over so many elements, with `each` inner iterations per
  /// element.
  func allows(passes: Int, over elements: Int, each: Int) -> Bool {
    LoopLimit.iterations(passes: passes, over: elements, each: each, lanes: lanes) <= iterations
  }

  /// The iterations per thread of `lanes` threads that pass over elements together, in blocks of at most 64
  /// elements whose sums are accumulated in an outer loop.
  package static func iterations(passes: Int, over elements: Int, each: Int, lanes: Int) -> Int {
    let own = (elements + lanes - 1) / lanes
    return passes * (own * (1 + each) + (own + 63) / 64)
  }
}

extension Kernel {
  /// The inner loop iterations per element of a kernel computed elementwise.
  package var iterationsPerElement: Int {
    switch self {
    case .pooling(let kernel): kernel.iterations
    // Six Feistel rounds, with at most four cycle-walking steps on average.
    case .gatherShuffled: 6 * 4
    default: 0
    }
  }
}

extension PoolingKernel {
  /// The iterations per result: over its window, or over the results whose windows contain a pixel.
  package var iterations: Int {
    let reach = (0..<2).map { axis in
      min([p, q][axis], ([r, s][axis] - 1) * geometry.dilation[axis] / geometry.stride[axis] + 2)
    }
    return step == .gradient ? reach[0] * (reach[1] + 1) : step == .place ? r * s : 0
  }
}
