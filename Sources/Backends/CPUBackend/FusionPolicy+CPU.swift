import Programs
import Tensors

extension FusionPolicy {
  /// The policy for the kernels of `Accelerated`, which fuse float32 arithmetic only: pointwise chains, sums,
  /// epilogues of products, and the two steps of max pooling.
  static let cpu: FusionPolicy = {
    // Kernels hold addresses and bind nothing; the limit keeps chains short.
    var policy = FusionPolicy(maximumBuffers: 64)
    policy.rewrites = [
      .roundBeforeMovement, .maskBeforePooling, .sumBeforeScattering, .channelsLast, .foldConstants,
      .joinParts,
      .sumWithoutTranspose, .splitSums, .sumsIntoProducts, .secondarySums, .mergeReductions,
    ]
    policy.canFuse = { kernel, space, type in
      switch kernel {
      case .matmul: true
      // A transposing copy has a blocked kernel of its own.
      case .pointwise(let kernel): kernel.isForMachine && !kernel.isTransposition
      case .convolution(let kernel): kernel.isMadeOfTiles
      case .pooling(let kernel): kernel.isMadeInOnePass
      case .reduction: type == .float32 && space.map { $0.isPlain || $0.isInterleaved } == true
      // The others have no form in a chain.
      default: false
      }
    }
    policy.fusesPoolingWithOthers = false
    // The elements are in the cache when they are stored, so adding them up costs no traffic.
    policy.fusesSumsOfStoredValues = true
    // A pass has up to 32 shares with partial sums of their own: with fewer than 64 elements per sum, the
    // partial sums would be more than half as many as the elements.
    policy.fusesSecondarySums = { space in
      (space.axes.count == 2 || space.isInterleaved) && space.reducedCount >= 64
    }
    policy.completesRows = { $0.isByRows(withEpilogue: true) }
    return policy
  }()
}

extension MatMulKernel {
  /// True if it is partitioned by rows, not columns: there are at least as many or, with an epilogue, enough for many threads and not
  /// far fewer.
  ///
  /// What follows a product by rows runs over whole rows; by columns it begins anew for a piece of each, which took four times as long
  /// after the weight gradients of a transformer, 128×512 with AdamW. Alone these take 0.7 of the time by columns: each thread packs
  /// its own of them only, for all rows.
  func isByRows(withEpilogue hasEpilogue: Bool) -> Bool {
    m >= n || (hasEpilogue && m >= 64 && 4 * m >= n)
  }
}

extension ConvolutionKernel {
  /// True if it can run as an implicit GEMM on NHWC input: all passes but the input gradient with strides and
  /// a dilated window.
  var isMadeOfTiles: Bool {
    layout == .channelsLast && min(n, k, c, p * q) > 0
      && (pass != .inputGradient || geometry.dilation == [1, 1] || geometry.stride == [1, 1])
  }
}

extension PoolingKernel {
  /// True if one pass finds maxima and argmax indices.
  fileprivate var isMadeInOnePass: Bool {
    layout == .channelsLast && geometry.dilation == [1, 1] && step != .gradient
  }
}
