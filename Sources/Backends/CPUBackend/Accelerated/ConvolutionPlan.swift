import CKernels
import Programs
import Tensors

/// A convolution as the CPU computes it: its algorithm, what that needs to know, and its workspace.
struct ConvolutionPlan {
  enum Form {
    case reference(ConvolutionAlgorithm.Obstacle)
    /// The forward pass, or an input gradient, by GEMM or Winograd.
    case phases([ConvolutionPhase])
    case col2im(lemnos_convolution)
    case weightGradient(lemnos_convolution, GradientParts)
    case winogradGradient(lemnos_convolution, GradientTiling)
    case depthwiseGradient(lemnos_convolution, parts: Int)
  }

  let kernel: ConvolutionKernel
  let form: Form

  /// Each once; several only for a strided input gradient.
  let algorithms: [ConvolutionAlgorithm]

  init(_ kernel: ConvolutionKernel) {
    self.kernel = kernel
    var forward = kernel.forward.windows
    switch ConvolutionAlgorithm.whole(kernel, forward: forward) {
    case .reference(let obstacle)?:
      (form, algorithms) = (.reference(obstacle), [.reference(obstacle)])
    case .col2im?: (form, algorithms) = (.col2im(forward), [.col2im])
    case _ where kernel.pass == .weightGradient:
      let algorithm = ConvolutionAlgorithm.phase(forward, of: kernel.pass)
      forward.is_gathered = algorithm == .bandGEMM ? 0 : 1
      form =
        switch algorithm {
        case .winograd2, .winograd4:
          .winogradGradient(forward, GradientTiling(forward, side: algorithm.winogradSide))
        case .depthwise:
          .depthwiseGradient(
            forward,
            parts: SumSplits.splits(
              flops: kernel.flops, sums: kernel.filterCount * kernel.groups, atMost: kernel.n))
        default: .weightGradient(forward, GradientParts(kernel, forward))
        }
      algorithms = [algorithm]
    default:
      let phases = kernel.phases
      form = .phases(phases)
      algorithms = phases.map(\.algorithm).reduce(into: []) {
        if !$0.contains($1) { $0.append($1) }
      }
    }
  }

  /// Floats of workspace that it needs.
  ///
  /// - Parameter isStored: true if its result is stored, not only passed to the epilogue.
  func workspaceCount(isStored: Bool) -> Int {
    switch form {
    case .reference: 0
    case .phases(let phases):
      phases.packedCount + (isStored || phases.haveContiguousUnits ? 0 : kernel.resultCount)
    case .col2im(let forward):
      withUnsafePointer(to: forward) { Int(lemnos_col2im_packed_count($0)) }
    case .weightGradient(_, let parts): parts.floatCount
    case .winogradGradient(_, let tiling): tiling.floatCount
    case .depthwiseGradient(_, let parts): parts * kernel.filterCount * kernel.groups
    }
  }
}

extension [ConvolutionPhase] {
  /// Floats of the packed filters of all phases.
  var packedCount: Int { last.map { $0.offset + $0.packedCount } ?? 0 }

  /// True if the results of each unit of work are contiguous.
  var haveContiguousUnits: Bool { count == 1 && self[0].isWhole }
}

extension ConvolutionKernel {
  /// The number of results of a forward pass or an input gradient.
  var resultCount: Int { pass == .forward ? n * k * p * q : n * c * h * w }

  /// Multiplications and additions, which are as many in all passes.
  var flops: Int { 2 * n * p * q * groups * filtersPerGroup * filterCount }

  /// The units that it is cut into where its blocks are fewer.
  var leastUnits: Int { Int(lemnos_least_units(Int64(flops))) }

  /// Elements per filter.
  var filterCount: Int { channelsPerGroup * r * s }
}

/// One phase: the pixels that use the same filter taps; a single phase except in a strided input gradient.
struct ConvolutionPhase {
  var windows: lemnos_convolution
  var filters: lemnos_filters

  /// The offsets of its first result and of its packed filters, in floats.
  let first: Int
  let offset: Int

  let algorithm: ConvolutionAlgorithm

  init(
    _ windows: lemnos_convolution, _ filters: lemnos_filters, _ algorithm: ConvolutionAlgorithm,
    first: Int,
    offset: Int
  ) {
    (self.windows, self.filters, self.first, self.offset) = (windows, filters, first, offset)
    self.algorithm = algorithm
    self.windows.is_gathered = algorithm == .bandGEMM ? 0 : 1
  }

  /// The width of Winograd's tile of results; 0 for GEMM.
  var side: Int32 { algorithm.winogradSide }

  /// True if filters are packed panel by panel during multiplication, and a unit is a panel.
  var isByPanels: Bool { algorithm == .panelGEMM }

  var packedCount: Int {
    withUnsafePointer(to: filters) {
      switch algorithm {
      case .panelGEMM: 0
      case .depthwise: Int($0.pointee.r * $0.pointee.s * $0.pointee.groups)
      default: Int(side == 0 ? lemnos_packed_count($0) : lemnos_winograd_count($0, side))
      }
    }
  }

  /// The number of units in which filters are packed.
  var packingCount: Int {
    withUnsafePointer(to: filters) {
      switch algorithm {
      case .panelGEMM: 0
      case .depthwise: 1
      default: Int(side == 0 ? lemnos_panel_count($0) : $0.pointee.channels)
      }
    }
  }

  /// Packs some units' filters.
  func pack(_ units: Range<Int>, of weights: UnsafePointer<Float>, to packed: UnsafeMutablePointer<Float>) {
    var filters = filters
    filters.weights = weights
    let (begin, end) = (Int64(units.lowerBound), Int64(units.upperBound))
    switch algorithm {
    case .depthwise: lemnos_depthwise_pack(&filters, packed)
    case .winograd2, .winograd4: lemnos_winograd_pack(&filters, side, packed, begin, end)
    default: lemnos_pack_filters(&filters, packed, begin, end)
    }
  }

  var unitCount: Int {
    if isByPanels { return withUnsafePointer(to: filters) { Int(lemnos_panel_count($0)) } }
    return withUnsafePointer(to: windows) {
      switch algorithm {
      case .depthwise: Int(lemnos_depthwise_units($0))
      default: Int(side == 0 ? lemnos_convolution_units($0) : lemnos_winograd_units($0, side))
      }
    }
  }

  /// The windows of a unit, numbered row by row, image by image.
  func windows(ofUnit unit: Int) -> Range<Int> {
    var (begin, end) = (Int64(), Int64())
    withUnsafePointer(to: windows) {
      switch algorithm {
      case .depthwise: lemnos_depthwise_range($0, Int64(unit), &begin, &end)
      case .winograd2, .winograd4: lemnos_winograd_range($0, side, Int64(unit), &begin, &end)
      default: lemnos_convolution_range($0, Int64(unit), &begin, &end)
      }
    }
    return Int(begin)..<Int(end)
  }

  /// Computes a unit.
  ///
  /// - Parameter windows: those of this phase, with their memory.
  func compute(_ unit: Int, of windows: inout lemnos_convolution) {
    switch algorithm {
    case .depthwise: lemnos_depthwise(&windows, Int64(unit))
    case .winograd2, .winograd4: lemnos_winograd_convolve(&windows, side, Int64(unit), Int64(unit) + 1)
    default: lemnos_convolve(&windows, Int64(unit))
    }
  }

  /// True if a unit computes all filters' results for its windows.
  var isWhole: Bool {
    if isByPanels { return false }
    return side == 0 || withUnsafePointer(to: windows) { lemnos_winograd_parts($0, side) == 1 }
  }
}

extension ConvolutionKernel {
  /// The windows of the forward pass.
  var forward: (windows: lemnos_convolution, filters: lemnos_filters, first: Int) {
    let z = geometry
    return sizes(
      image: (h, w, c), depth: channelsPerGroup, results: filtersPerGroup, window: (r, s),
      step: (z.stride[0], z.stride[1]), first: (-z.padding[0], -z.padding[2]),
      dilation: (z.dilation[0], z.dilation[1]), lattice: (p, q), spread: (1, 1), place: (0, 0),
      filters: (firstR: 0, firstS: 0, stepR: 1, stepS: 1, isTransposed: false))
  }

  /// The phases of a forward pass or an input gradient.
  var phases: [ConvolutionPhase] {
    (pass == .forward ? [forward] : gradientPhases).reduce(into: []) { phases, sizes in
      let algorithm = ConvolutionAlgorithm.phase(sizes.windows, of: pass)
      phases.append(
        ConvolutionPhase(
          sizes.windows, sizes.filters, algorithm, first: sizes.first, offset: phases.packedCount))
    }
  }

  /// The input gradient is a convolution of dy with the flipped filters.
  ///
  /// With stride σ there is one phase per remainder of a pixel's coordinates mod σ, which uses every σ-th
  /// tap.
  private var gradientPhases: [(windows: lemnos_convolution, filters: lemnos_filters, first: Int)] {
    let (sh, sw) = (geometry.stride[0], geometry.stride[1])
    var phases: [(windows: lemnos_convolution, filters: lemnos_filters, first: Int)] = []
    for y in 0..<sh {
      for x in 0..<sw {
        let (vertical, horizontal) = (
          taps(axis: 0, phase: y, extent: r), taps(axis: 1, phase: x, extent: s)
        )
        phases.append(
          sizes(
            image: (p, q, k), depth: filtersPerGroup, results: channelsPerGroup,
            window: (vertical.count, horizontal.count), step: (1, 1),
            first: (vertical.first, horizontal.first),
            dilation: (sh == 1 ? geometry.dilation[0] : 1, sw == 1 ? geometry.dilation[1] : 1),
            lattice: (max(0, (h - y + sh - 1) / sh), max(0, (w - x + sw - 1) / sw)),
            spread: (sh, sw),
            place: (y, x),
            filters: (
              firstR: vertical.last, firstS: horizontal.last, stepR: -sh, stepS: -sw,
              isTransposed: true
            )))
      }
    }
    return phases
  }

  /// Along an axis, for the pixels of one phase: the number of taps, the last tap, and the first element of
  /// dy under the window of the first pixel.
  private func taps(axis: Int, phase: Int, extent: Int) -> (count: Int, last: Int, first: Int) {
    let (stride, before) = (geometry.stride[axis], geometry.padding[2 * axis])
    guard stride > 1 else {
      return (extent, extent - 1, before - (extent - 1) * geometry.dilation[axis])
    }
    let least = (phase + before) % stride
    guard least < extent else { return (0, 0, 0) }
    let count = (extent - 1 - least) / stride + 1
    return (count, least + stride * (count - 1), (phase + before - least) / stride - (count - 1))
  }

  /// A phase in the form of the C kernels, and the offset of its first result.
  private func sizes(
    image: (h: Int, w: Int, c: Int), depth: Int, results: Int, window: (r: Int, s: Int),
    step: (h: Int, w: Int), first: (h: Int, w: Int), dilation: (h: Int, w: Int),
    lattice: (p: Int, q: Int),
    spread: (h: Int, w: Int), place: (h: Int, w: Int),
    filters: (firstR: Int, firstS: Int, stepR: Int, stepS: Int, isTransposed: Bool)
  ) -> (windows: lemnos_convolution, filters: lemnos_filters, first: Int) {
    let i = { (x: Int) in Int64(x) }
    // Strides of the result between pixels, rows and images, in floats.
    let pixel = groups * results
    let row = pixel * (pass == .inputGradient ? w : q)
    let whole = row * (pass == .inputGradient ? h : p)
    let windows = lemnos_convolution(
      x: nil, images: i(n), h: i(image.h), w: i(image.w), pitch: i(image.c), groups: i(groups),
      channels: i(depth), filters: i(results), r: i(window.r), s: i(window.s), step_h: i(step.h),
      step_w: i(step.w), first_h: i(first.h), first_w: i(first.w), dilation_h: i(dilation.h),
      dilation_w: i(dilation.w), is_gathered: 1, p: i(lattice.p), q: i(lattice.q), packed: nil,
      y: nil, y_first: 0, y_image: i(whole),
      y_row: i(spread.h * row), y_pixel: i(spread.w * pixel))
    let packed = lemnos_filters(
      weights: nil, groups: i(groups), channels: i(depth), filters: i(results), whole_r: i(r),
      whole_s: i(s),
      r: i(window.r), s: i(window.s), first_r: i(filters.firstR), first_s: i(filters.firstS),
      step_r: i(filters.stepR), step_s: i(filters.stepS),
      is_transposed: filters.isTransposed ? 1 : 0)
    return (windows, packed, place.h * row + place.w * pixel)
  }
}
