import Programs
import Tensors

/// A matrix product, or a convolution as implicit GEMM.
enum MatrixProduct: Hashable {
  case matmul(MatMulKernel)
  case convolution(ConvolutionKernel)

  /// Nil for other kernels.
  init?(_ kernel: Kernel) {
    switch kernel.product {
    case .matmul(let kernel): self = .matmul(kernel)
    case .convolution(let kernel): self = .convolution(kernel)
    default: return nil
    }
  }

  /// The rows and columns of the result, and the depth of its sums.
  var matrix: (rows: Int, columns: Int, depth: Int) {
    switch self {
    case .matmul(let kernel): (kernel.m, kernel.n, kernel.k)
    case .convolution(let kernel): kernel.matrix
    }
  }

  /// A string that identifies it.
  var key: String {
    switch self {
    case .matmul(let kernel):
      let turned = [kernel.a, kernel.b].map { $0.isTransposed ? "t" : "n" }.joined()
      return "matmul \(turned) \(kernel.constants.map(String.init).joined(separator: " "))"
    case .convolution(let kernel):
      return "\(kernel.pass.rawValue) \(kernel.constants.map(String.init).joined(separator: " "))"
    }
  }

  /// The same including the operand precision.
  var keyWithPrecision: String {
    switch self {
    case .matmul(let kernel): "\(kernel.precision.rawValue) \(key)"
    case .convolution(let kernel): "\(kernel.precision.rawValue) \(key)"
    }
  }

  /// The number of elements spanned in each operand, and in the result.
  var extents: (first: Int, second: Int, result: Int) {
    switch self {
    case .matmul(let kernel):
      return (kernel.a.extent(kernel.m, kernel.k), kernel.b.extent(kernel.k, kernel.n), kernel.m * kernel.n)
    case .convolution(let kernel):
      let x = kernel.n * kernel.c * kernel.h * kernel.w
      let w = kernel.k * kernel.channelsPerGroup * kernel.r * kernel.s
      let y = kernel.n * kernel.k * kernel.p * kernel.q
      switch kernel.pass {
      case .forward: return (x, w, y)
      case .inputGradient: return (y, w, x)
      case .weightGradient: return (x, y, w)
      }
    }
  }

  /// The number of products in the batch (groups and phases).
  var count: Int {
    switch self {
    case .matmul: 1
    case .convolution(let kernel): kernel.matrixCount
    }
  }

  /// The depth of each split-K part, a multiple of the tiles' depth.
  func depthStep(parts: Int) -> Int {
    ((matrix.depth + parts - 1) / parts + MatrixTile.depth - 1) / MatrixTile.depth * MatrixTile.depth
  }

  /// The maximum number of loop iterations of an invocation.
  func iterations(parts: Int, _ tile: MatrixTile) -> Int {
    let depth = min(depthStep(parts: parts), matrix.depth)
    if tile.form == .tiled { return (depth + MatrixTile.depth - 1) / MatrixTile.depth + 1 + phaseSearch }
    guard case .convolution(let kernel) = self else { return depth }
    // The outer loop over lines of the depth counts as well: see `convolutionDirect.glsl`.
    let line =
      switch kernel.pass {
      case .forward: kernel.channelsPerGroup
      case .inputGradient: kernel.filtersPerGroup
      case .weightGradient: kernel.q
      }
    return depth + (depth + line - 1) / max(line, 1) + 1 + phaseSearch
  }

  /// Iterations to find a phase's first filter tap.
  private var phaseSearch: Int {
    guard case .convolution(let kernel) = self, kernel.pass == .inputGradient else { return 0 }
    return kernel.geometry.stride.reduce(0, +)
  }

  /// An upper bound of its multiplications.
  var work: Int { matrix.rows * matrix.columns * matrix.depth * count }

  /// The number of tiles, vertically and horizontally.
  func tiles(of tile: MatrixTile) -> (down: Int, across: Int) {
    let matrix = matrix
    return ((matrix.rows + tile.rows - 1) / tile.rows, (matrix.columns + tile.columns - 1) / tile.columns)
  }
}

extension MatrixLayout {
  /// The index after the last element of a matrix.
  fileprivate func extent(_ rows: Int, _ columns: Int) -> Int {
    offset + (isTransposed ? (columns - 1) * stride + rows : (rows - 1) * stride + columns)
  }
}

extension MatMulKernel {
  /// The shaders' names of the sizes, in the order of `constants`.
  static let constantNames = ["m", "n", "k", "aOffset", "aStride", "bOffset", "bStride"]
  var constants: [Int] { [m, n, k, a.offset, a.stride, b.offset, b.stride] }
}

extension ConvolutionKernel {
  /// The shaders' names of the sizes, in the order of `constants`.
  static let constantNames = [
    "images", "channels", "height", "width", "filters", "windowHeight", "windowWidth", "resultHeight",
    "resultWidth",
    "groups", "strideHeight", "strideWidth", "padTop", "padLeft", "dilationHeight", "dilationWidth",
    "phaseHeight", "phaseWidth",
  ]
  var constants: [Int] { sizes + phaseSteps }

  /// All parameters of a convolution.
  var sizes: [Int] { [n, c, h, w, k, r, s, p, q, groups] + geometry.constants }

  /// The distance between filter taps of one phase: see `convolution.glsl`.
  private var phaseSteps: [Int] {
    zip(geometry.stride, geometry.dilation).map { stride, dilation in
      stride / greatestCommonDivisor(stride, dilation)
    }
  }

  /// The shaders' value of PASS.
  var passNumber: Int {
    switch pass {
    case .forward: 0
    case .inputGradient: 1
    case .weightGradient: 2
    }
  }
}

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
  b == 0 ? a : greatestCommonDivisor(b, a % b)
}
