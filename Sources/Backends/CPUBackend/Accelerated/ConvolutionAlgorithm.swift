import CKernels
import Programs

/// The algorithm by which the CPU computes a convolution or, of a strided input gradient, one of its phases.
///
/// It is chosen here and nowhere else, from sizes alone: `ConvolutionPlan` carries it, C kernels are told it,
/// workspace follows from it, and `lemnos plan` prints it. `lemnos bench ops --filter convolution` shows what
/// a threshold is worth.
enum ConvolutionAlgorithm: Hashable, Sendable {
  /// The loops of `Reference`.
  case reference(Obstacle)

  /// Implicit GEMM whose windows are read in place from a band of padded image rows: nothing is copied per
  /// window, but a tile of results lies within one row.
  case bandGEMM

  /// Implicit GEMM on a block of gathered windows, so that a tile of results can span several rows and images.
  case gatheredGEMM

  /// The same with filters packed panel by panel while they are multiplied, and not stored: each weight is
  /// read once.
  case panelGEMM

  /// One channel and one filter per group: products of vectors of neighbouring channels.
  case depthwise

  /// Winograd's F(2×2, 3×3): 16 multiplications instead of 36.
  case winograd2

  /// Winograd's F(4×4, 3×3): 36 multiplications instead of 144.
  case winograd4

  /// Products of each pixel of dy with all elements of the filters, added to the pixels of the window.
  case col2im

  /// The reason why there is only the reference.
  enum Obstacle: String, Hashable, Sendable {
    case float64
    /// The backend computes everything by reference kernels.
    case requested = "as requested"
    case channelsFirst = "channels lie first"
    case stridedAndDilated = "both stride and dilation"
    case empty = "no elements"
  }

  /// A GEMM reads windows in place from this row length of the result on: a tile of results is up to 14
  /// windows, so shorter rows would leave most of it empty.
  private static let longRow: Int64 = 16

  /// A GEMM packs filters as it goes with at most so many windows for at least so many weights: packing in
  /// advance would write and read more memory than the product itself.
  private static let fewWindows: Int64 = 64
  private static let manyWeights: Int64 = 64 << 10

  /// Winograd computes whole vectors of channels and filters.
  private static let winogradVector: Int64 = 16

  /// From so many pairs of channel and filter on, what F(4×4, 3×3) transforms exceeds the cache, which costs
  /// what it saves: it has 36 numbers for a pair instead of 9, F(2×2, 3×3) 16.
  private static let winogradFilters: Int64 = 256 * 256

  /// Images with fewer rows or columns of results would leave half of a 4×4 tile empty.
  private static let winogradRows: Int64 = 3

  /// Tiles of results over which the transform of the filters is amortized: one block of tiles.
  private static let winogradTiles = Int64(LEMNOS_WINOGRAD_TILES)

  /// As columns of a GEMM, up to so many channels would leave at least half of a vector empty.
  private static let fewChannels = Int64(LEMNOS_WIDEST) / 2

  /// The algorithm of a whole convolution; nil if each phase has its own.
  ///
  /// - Parameter forward: the windows of the forward pass.
  static func whole(_ kernel: ConvolutionKernel, forward: lemnos_convolution) -> ConvolutionAlgorithm? {
    if !kernel.isMadeOfTiles {
      let isEmpty = min(kernel.n, kernel.k, kernel.c, kernel.p * kernel.q) == 0
      return .reference(
        isEmpty ? .empty : kernel.layout == .channelsFirst ? .channelsFirst : .stridedAndDilated)
    }
    return kernel.pass == .inputGradient && paysCol2Im(forward) ? .col2im : nil
  }

  /// The algorithm of one phase.
  static func phase(_ z: lemnos_convolution, of pass: ConvolutionKernel.Pass) -> ConvolutionAlgorithm {
    if let winograd = winograd(z) { return winograd }
    if (z.channels, z.filters) == (1, 1), z.groups >= Int64(LEMNOS_WIDEST) { return .depthwise }
    let windows = z.images * z.p * z.q
    let elements = z.r * z.s * z.channels
    if pass != .weightGradient, elements > 0, windows <= fewWindows,
      z.groups * z.filters * elements >= manyWeights
    {
      return .panelGEMM
    }
    return z.q >= longRow && z.dilation_w == 1 && z.s > 0 ? .bandGEMM : .gatheredGEMM
  }

  private static func winograd(_ z: lemnos_convolution) -> ConvolutionAlgorithm? {
    guard (z.r, z.s) == (3, 3), (z.step_h, z.step_w) == (1, 1), (z.dilation_h, z.dilation_w) == (1, 1),
      z.groups == 1, z.channels % winogradVector == 0, z.filters % winogradVector == 0
    else { return nil }
    let isSmall = z.channels * z.filters > winogradFilters || z.p < winogradRows || z.q < winogradRows
    let (algorithm, side): (ConvolutionAlgorithm, Int64) = isSmall ? (.winograd2, 2) : (.winograd4, 4)
    let tiles = z.images * ((z.p + side - 1) / side) * ((z.q + side - 1) / side)
    return tiles < winogradTiles ? nil : algorithm
  }

  /// True if there are few channels, and the elements of a window fill vectors at least half.
  private static func paysCol2Im(_ z: lemnos_convolution) -> Bool {
    let (taps, vector) = (z.r * z.s, Int64(LEMNOS_WIDEST))
    let vectors = (taps * z.channels + vector - 1) / vector
    return z.groups == 1 && z.dilation_w == 1 && z.channels <= fewChannels && 2 * vectors <= taps
  }
}

extension ConvolutionAlgorithm {
  /// The width of Winograd's tile of results; 0 for other algorithms.
  var winogradSide: Int32 {
    switch self {
    case .winograd2: 2
    case .winograd4: 4
    default: 0
    }
  }

  var name: String {
    switch self {
    case .reference: "reference loops"
    case .bandGEMM: "GEMM, bands of rows"
    case .gatheredGEMM: "GEMM, gathered windows"
    case .panelGEMM: "GEMM, panel by panel"
    case .winograd2: "Winograd F(2×2, 3×3)"
    case .winograd4: "Winograd F(4×4, 3×3)"
    case .col2im: "col2im"
    case .depthwise: "depthwise"
    }
  }

  /// The reason for its choice, in a few words.
  var reason: String {
    switch self {
    case .reference(let obstacle): obstacle.rawValue
    case .bandGEMM: "rows of \(Self.longRow) results or more"
    case .gatheredGEMM: "rows under \(Self.longRow) results, or dilated"
    case .panelGEMM: "few windows for many weights"
    case .winograd2: "3×3, many filters or small images"
    case .winograd4: "3×3, channels in sixteens"
    case .col2im: "\(Self.fewChannels) channels or fewer"
    case .depthwise: "one channel per group"
    }
  }
}
