import Tensors

/// How many iterations the loops of one invocation may make, all of them together.
///
/// llvmpipe, Mesa's driver for processors, leaves every loop of a shader after 65,535 iterations in all, and says nothing. Graphics
/// cards lose a kernel that runs for seconds to a watchdog, and compute faster what is shared among more workgroups. So what would loop
/// for longer is split into parts (`DispatchWork+Splitting`), whose results are combined by another dispatch.
package struct LoopLimit: Hashable, Sendable {
  /// Half of what llvmpipe makes: a pass that is not counted here must not bring the sum beyond.
  package static let iterations = 1 << 15

  /// The most invocations that can share a reduction: those of a workgroup.
  package let lanes: Int

  package init(lanes: Int) { self.lanes = lanes }

  /// The greatest depth of one part of a matrix product.
  ///
  /// A convolution counts the lines of its window, or of its results, as well,
  /// of which each has an element or more.
  static let longestDepth = iterations / 2

  /// The most elements that one invocation reduces alone.
  static let longestSerial = iterations / 2

  /// The most elements that a workgroup reduces, which may have to read them several times: for sums that depend on sums.
  var longestReduction: Int { LoopLimit.iterations / 8 * lanes }

  /// Whether a workgroup may pass so often over so many elements, each of which takes loops of its own.
  func allows(passes: Int, over elements: Int, each: Int) -> Bool {
    LoopLimit.iterations(passes: passes, over: elements, each: each, lanes: lanes) <= LoopLimit.iterations
  }

  /// The iterations of each of a number of invocations that pass over elements together, in sums of at most 64 elements, which are
  /// added up in a loop around.
  package static func iterations(passes: Int, over elements: Int, each: Int, lanes: Int) -> Int {
    let own = (elements + lanes - 1) / lanes
    return passes * (own * (1 + each) + (own + 63) / 64)
  }
}

extension Kernel {
  /// The iterations of the loops that it takes for each element, where it is computed element by element.
  package var iterationsPerElement: Int {
    switch self {
    case .pooling(let kernel): kernel.iterations
    // Six rounds of the network, walked four times on average at most.
    case .gatherShuffled: 6 * 4
    default: 0
    }
  }
}

extension PoolingKernel {
  /// The iterations for one result: through its window, or through the results whose windows reach a pixel.
  package var iterations: Int {
    let reach = (0..<2).map { axis in
      min([p, q][axis], ([r, s][axis] - 1) * geometry.dilation[axis] / geometry.stride[axis] + 2)
    }
    return step == .gradient ? reach[0] * (reach[1] + 1) : step == .place ? r * s : 0
  }
}
