import CKernels
import Programs
import ReferenceKernels
import Tensors

extension Accelerated {
  /// Implicit GEMM.
  ///
  /// Fast because tiles of results stay in vector registers during the reduction over the window; pixels are
  /// read in place, filters from packed panels.
  ///
  /// NHWC only.
  ///
  /// - Parameters:
  ///   - result: nil if only the epilogue reads it.
  static func convolution(
    _ kernel: ConvolutionKernel, _ inputs: [BufferView], _ result: BufferView?, _ epilogue: Epilogue?,
    _ workspace: Workspace
  ) -> [Work] {
    let own = workspace.take(kernel.workspaceCount(isStored: result != nil))
    let (a, b) = (inputs[0].pointer(to: Float.self), inputs[1].pointer(to: Float.self))
    var y = result?.pointer(to: Float.self)
    if kernel.pass == .weightGradient {
      return kernel.gradientTiling == nil
        ? weightGradient(kernel, x: a, dy: b, dw: y, epilogue, in: own)
        : winogradGradient(kernel, x: a, dy: b, dw: y, epilogue, in: own)
    }
    guard !kernel.isAddedUp else { return addedUp(kernel, dy: a, weights: b, dx: y, epilogue, in: own) }
    let phases = kernel.phases
    guard let epilogue, !kernel.makesRuns else {
      return [
        packing(phases, weights: b, in: own),
        multiplying(phases, x: a, weights: b, y: y, epilogue, in: own),
      ].compactMap { $0 }
    }
    // A unit's results are not contiguous, so the epilogue runs after all of them are complete.
    y = y ?? own + kernel.packedCount
    return [
      packing(phases, weights: b, in: own),
      multiplying(phases, x: a, weights: b, y: y, nil, in: own),
      Work(extent: kernel.resultCount, grain: epilogue.chain.grain) { [y] range in
        epilogue.chain.run(range, local: y.map { UnsafePointer($0 + range.lowerBound) })
      },
    ].compactMap { $0 }
  }

  /// Packs filters into panels, phase after phase; nil where they are not packed in advance.
  private static func packing(
    _ phases: [ConvolutionPhase], weights: UnsafePointer<Float>, in packed: UnsafeMutablePointer<Float>
  ) -> Work? {
    let units = Units(phases.map(\.packingCount))
    guard units.count > 0 else { return nil }
    let perUnit = phases.reduce(0) { $0 + $1.packedCount } / max(units.count, 1)
    return Work(extent: units.count, grain: max(1, 16_384 / max(perUnit, 1))) { range in
      for (phase, part) in units.parts(of: range) {
        var filters = phases[phase].filters
        filters.weights = weights
        let (begin, end) = (Int64(part.lowerBound), Int64(part.upperBound))
        if phases[phase].side == 0 {
          lemnos_pack_filters(&filters, packed + phases[phase].offset, begin, end)
        } else {
          lemnos_winograd_pack(&filters, phases[phase].side, packed + phases[phase].offset, begin, end)
        }
      }
    }
  }

  private static func multiplying(
    _ phases: [ConvolutionPhase], x: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    y: UnsafeMutablePointer<Float>?, _ epilogue: Epilogue?, in packed: UnsafeMutablePointer<Float>
  ) -> Work {
    let units = Units(phases.map(\.unitCount))
    return Work(extent: units.count, grain: 1) { range in
      for (phase, part) in units.parts(of: range) {
        var windows = phases[phase].windows
        windows.x = x
        if phases[phase].isByPanels {
          var filters = phases[phase].filters
          filters.weights = weights
          windows.y = y.map { $0 + phases[phase].first }
          lemnos_convolve_panels(&windows, &filters, Int64(part.lowerBound), Int64(part.upperBound))
          continue
        }
        windows.packed = UnsafePointer(packed + phases[phase].offset)
        let (side, perWindow) = (phases[phase].side, Int(windows.groups * windows.filters))
        for unit in part {
          var (begin, end) = (Int64(), Int64())
          if side == 0 {
            lemnos_convolution_range(&windows, Int64(unit), &begin, &end)
          } else {
            lemnos_winograd_range(&windows, side, Int64(unit), &begin, &end)
          }
          let made = Int(begin) * perWindow..<Int(end) * perWindow
          if let y {
            windows.y = y + phases[phase].first
          } else {
            // Offset so that indices of the whole result address the unit's scratch buffer.
            windows.y = lemnos_scratch(LEMNOS_SCRATCH_RESULTS, Int64(made.count)) - made.lowerBound
          }
          if side == 0 {
            lemnos_convolve(&windows, Int64(unit))
          } else {
            lemnos_winograd_convolve(&windows, side, Int64(unit))
          }
          epilogue?.chain.run(made, local: windows.y + made.lowerBound)
        }
      }
    }
  }

  /// Partial sums over parts of the images are added in a fixed order, so the rounding is deterministic.
  private static func weightGradient(
    _ kernel: ConvolutionKernel, x: UnsafePointer<Float>, dy: UnsafePointer<Float>,
    dw: UnsafeMutablePointer<Float>?, _ epilogue: Epilogue?, in own: UnsafeMutablePointer<Float>
  ) -> [Work] {
    let parts = kernel.gradientParts
    var windows = kernel.forward.windows
    windows.x = x
    let multiply = { [windows] (block: GradientParts.Block, part: Int, total: UnsafeMutablePointer<Float>) in
      var windows = windows
      let (first, last) = (kernel.n * part / parts.count, kernel.n * (part + 1) / parts.count)
      lemnos_convolve_gradient(&windows, dy, block.inC, Int64(first), Int64(last), total)
    }
    // Sums the partial sums of some of a block's filters.
    let finish = {
      [windows] (block: GradientParts.Block, own: Range<Int>, totals: UnsafeMutablePointer<Float>) in
      var windows = windows
      // The offset of the first of these filters in the result, and the stride between filters.
      let filter = block.group * kernel.filtersPerGroup + block.filters.lowerBound + own.lowerBound
      let element = filter * kernel.filterCount + block.channels.lowerBound * kernel.r * kernel.s
      let row = dw == nil ? block.rows : kernel.filterCount
      let to =
        dw.map { $0 + element } ?? lemnos_scratch(LEMNOS_SCRATCH_RESULTS, Int64(own.count * block.rows))
      guard let to else { return }
      let parts = (0..<parts.count).map { Optional(UnsafePointer(totals + $0 * block.count)) }
      parts.withUnsafeBufferPointer {
        lemnos_gather_gradient(
          &windows, $0.baseAddress, Int64(parts.count), block.inC, Int64(own.lowerBound),
          Int64(own.upperBound),
          to, Int64(row))
      }
      guard let epilogue else { return }
      if block.rows == kernel.filterCount {
        epilogue.chain.run(element..<element + own.count * row, local: to)
      } else {
        for filter in 0..<own.count {
          let start = element + filter * kernel.filterCount
          epilogue.chain.run(start..<start + block.rows, local: to + filter * row)
        }
      }
    }
    let blocks = parts.blocks
    // Filters finished at a time.
    let at = 32
    guard !parts.areFinishedAtOnce else {
      return [
        Work(extent: blocks.count, grain: 1) { range in
          for block in range.lazy.map({ blocks[$0] }) {
            guard let total = lemnos_scratch(LEMNOS_SCRATCH_TOTALS, Int64(block.count)) else { continue }
            multiply(block, 0, total)
            for first in stride(from: 0, to: block.filters.count, by: at) {
              finish(block, first..<min(first + at, block.filters.count), total)
            }
          }
        }
      ]
    }
    let multiplying = Work(extent: blocks.count * parts.count, grain: 1) { range in
      for unit in range {
        let (block, part) = (blocks[unit / parts.count], unit % parts.count)
        multiply(block, part, own + block.offset + part * block.count)
      }
    }
    let filterBlocks = (kernel.filtersPerGroup + at - 1) / at
    let perUnit = at * parts.count * blocks[0].rows
    let gathering = Work(extent: blocks.count * filterBlocks, grain: max(1, 32_768 / perUnit)) { range in
      for unit in range {
        let (block, first) = (blocks[unit / filterBlocks], unit % filterBlocks * at)
        finish(block, first..<min(first + at, block.filters.count), own + block.offset)
      }
    }
    return [multiplying, gathering]
  }
}

/// The units of several works, numbered consecutively.
struct Units {
  /// The first unit of each piece, and the end of the last.
  private let starts: [Int]

  init(_ counts: [Int]) {
    starts = counts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
  }

  var count: Int { starts.last ?? 0 }

  /// The pieces that a range intersects, each with its own sub-range of units.
  func parts(of range: Range<Int>) -> [(piece: Int, units: Range<Int>)] {
    (0..<starts.count - 1).compactMap { piece in
      let own = range.clamped(to: starts[piece]..<starts[piece + 1])
      return own.isEmpty ? nil : (piece, own.lowerBound - starts[piece]..<own.upperBound - starts[piece])
    }
  }
}

/// One phase: the pixels that use the same filter taps; a single phase except in a strided input gradient.
struct ConvolutionPhase {
  var windows: lemnos_convolution
  var filters: lemnos_filters

  /// The offsets of its first result and of its packed filters, in floats.
  let first: Int
  let offset: Int

  /// Winograd's tile size; 0 for none.
  let side: Int32

  /// True if filters are packed panel by panel during multiplication, and a unit is a panel.
  let isByPanels: Bool

  init(_ windows: lemnos_convolution, _ filters: lemnos_filters, first: Int, offset: Int) {
    (self.windows, self.filters, self.first, self.offset) = (windows, filters, first, offset)
    side = withUnsafePointer(to: windows) { lemnos_winograd_side($0) }
    isByPanels = side == 0 && withUnsafePointer(to: windows) { lemnos_convolves_by_panels($0) != 0 }
  }

  var packedCount: Int {
    if isByPanels { return 0 }
    return withUnsafePointer(to: filters) {
      Int(side == 0 ? lemnos_packed_count($0) : lemnos_winograd_count($0, side))
    }
  }

  /// The number of units in which filters are packed.
  var packingCount: Int {
    if isByPanels { return 0 }
    return withUnsafePointer(to: filters) { Int(side == 0 ? lemnos_panel_count($0) : $0.pointee.channels) }
  }

  var unitCount: Int {
    if isByPanels { return withUnsafePointer(to: filters) { Int(lemnos_panel_count($0)) } }
    return withUnsafePointer(to: windows) {
      Int(side == 0 ? lemnos_convolution_units($0) : lemnos_winograd_units($0, side))
    }
  }

  /// True if a unit computes all filters' results for its windows.
  var isWhole: Bool {
    if isByPanels { return false }
    return side == 0 || withUnsafePointer(to: windows) { lemnos_winograd_parts($0, side) == 1 }
  }
}

/// The split of a filter gradient: by channels, and by images (split-K), whose partial sums are added
/// afterwards.
private struct GradientParts {
  struct Block {
    let group: Int
    let channels, filters: Range<Int>
    /// Elements per filter in this block, and floats per partial sum.
    let rows, count: Int
    /// The offset of its first partial sum in the workspace.
    let offset: Int

    var inC: lemnos_gradient_block {
      lemnos_gradient_block(
        group: Int64(group), c0: Int64(channels.lowerBound), c1: Int64(channels.upperBound),
        k0: Int64(filters.lowerBound), k1: Int64(filters.upperBound))
    }
  }

  let blocks: [Block]
  /// The number of image splits.
  let count: Int

  /// True if each block has one sum, which need not leave the cache.
  var areFinishedAtOnce: Bool { count == 1 }

  /// Floats of workspace for the partial sums.
  var floatCount: Int {
    areFinishedAtOnce ? 0 : blocks.last.map { $0.offset + count * $0.count } ?? 0
  }
}

extension ConvolutionKernel {
  /// Floats of workspace that it needs.
  ///
  /// - Parameter isStored: true if its result is stored, not only passed to the epilogue.
  func workspaceCount(isStored: Bool) -> Int {
    guard isMadeOfTiles else { return 0 }
    if pass == .weightGradient {
      if let tiling = gradientTiling { return tiling.floatCount }
      return gradientParts.floatCount
    }
    guard !isAddedUp else { return addedUpCount }
    return packedCount + (isStored || makesRuns ? 0 : resultCount)
  }

  /// Floats of the packed filters of all phases.
  fileprivate var packedCount: Int {
    phases.last.map { $0.offset + $0.packedCount } ?? 0
  }

  /// True if the results of a unit are contiguous.
  fileprivate var makesRuns: Bool { phases.count == 1 && phases[0].isWhole }

  fileprivate var resultCount: Int { pass == .forward ? n * k * p * q : n * c * h * w }

  /// Elements per filter.
  var filterCount: Int { channelsPerGroup * r * s }

  var forward: ConvolutionPhase {
    let z = geometry
    return phase(
      image: (h, w, c), depth: channelsPerGroup, results: filtersPerGroup, window: (r, s),
      step: (z.stride[0], z.stride[1]), first: (-z.padding[0], -z.padding[2]),
      dilation: (z.dilation[0], z.dilation[1]), lattice: (p, q), spread: (1, 1), place: (0, 0),
      filters: (firstR: 0, firstS: 0, stepR: 1, stepS: 1, isTransposed: false), offset: 0)
  }

  fileprivate var phases: [ConvolutionPhase] { pass == .forward ? [forward] : gradientPhases }

  /// The input gradient is a convolution of dy with the flipped filters.
  ///
  /// With stride σ there is one phase per remainder of a pixel's coordinates mod σ, which uses every σ-th
  /// tap.
  private var gradientPhases: [ConvolutionPhase] {
    let (sh, sw) = (geometry.stride[0], geometry.stride[1])
    var phases: [ConvolutionPhase] = []
    var offset = 0
    for y in 0..<sh {
      for x in 0..<sw {
        let (vertical, horizontal) = (taps(axis: 0, phase: y, extent: r), taps(axis: 1, phase: x, extent: s))
        let next = phase(
          image: (p, q, k), depth: filtersPerGroup, results: channelsPerGroup,
          window: (vertical.count, horizontal.count), step: (1, 1), first: (vertical.first, horizontal.first),
          dilation: (sh == 1 ? geometry.dilation[0] : 1, sw == 1 ? geometry.dilation[1] : 1),
          lattice: (max(0, (h - y + sh - 1) / sh), max(0, (w - x + sw - 1) / sw)), spread: (sh, sw),
          place: (y, x),
          filters: (
            firstR: vertical.last, firstS: horizontal.last, stepR: -sh, stepS: -sw, isTransposed: true
          ), offset: offset)
        offset += next.packedCount
        phases.append(next)
      }
    }
    return phases
  }

  /// Along an axis, for the pixels of one phase: the number of taps, the last tap, and the first element of
  /// dy under the window of the first pixel.
  private func taps(axis: Int, phase: Int, extent: Int) -> (count: Int, last: Int, first: Int) {
    let (stride, before) = (geometry.stride[axis], geometry.padding[2 * axis])
    guard stride > 1 else { return (extent, extent - 1, before - (extent - 1) * geometry.dilation[axis]) }
    let least = (phase + before) % stride
    guard least < extent else { return (0, 0, 0) }
    let count = (extent - 1 - least) / stride + 1
    return (count, least + stride * (count - 1), (phase + before - least) / stride - (count - 1))
  }

  private func phase(
    image: (h: Int, w: Int, c: Int), depth: Int, results: Int, window: (r: Int, s: Int),
    step: (h: Int, w: Int), first: (h: Int, w: Int), dilation: (h: Int, w: Int), lattice: (p: Int, q: Int),
    spread: (h: Int, w: Int), place: (h: Int, w: Int),
    filters: (firstR: Int, firstS: Int, stepR: Int, stepS: Int, isTransposed: Bool), offset: Int
  ) -> ConvolutionPhase {
    let i = { (x: Int) in Int64(x) }
    // Strides of the result between pixels, rows and images, in floats.
    let pixel = groups * results
    let row = pixel * (pass == .inputGradient ? w : q)
    let whole = row * (pass == .inputGradient ? h : p)
    let windows = lemnos_convolution(
      x: nil, images: i(n), h: i(image.h), w: i(image.w), pitch: i(image.c), groups: i(groups),
      channels: i(depth), filters: i(results), r: i(window.r), s: i(window.s), step_h: i(step.h),
      step_w: i(step.w), first_h: i(first.h), first_w: i(first.w), dilation_h: i(dilation.h),
      dilation_w: i(dilation.w), p: i(lattice.p), q: i(lattice.q), packed: nil, y: nil, y_image: i(whole),
      y_row: i(spread.h * row), y_pixel: i(spread.w * pixel))
    let packed = lemnos_filters(
      weights: nil, groups: i(groups), channels: i(depth), filters: i(results), whole_r: i(r), whole_s: i(s),
      r: i(window.r), s: i(window.s), first_r: i(filters.firstR), first_s: i(filters.firstS),
      step_r: i(filters.stepR), step_s: i(filters.stepS), is_transposed: filters.isTransposed ? 1 : 0)
    return ConvolutionPhase(
      windows, packed, first: place.h * row + place.w * pixel, offset: offset)
  }

  fileprivate var gradientParts: GradientParts {
    let at = withUnsafePointer(to: forward.windows) { Int(lemnos_gradient_channels($0)) }
    let perGroup = (channelsPerGroup + at - 1) / at
    // Enough splits for many threads, and no more partial sums than that needs.
    let count = max(1, min(16 / max(1, groups * perGroup), n))
    // Without splits: 256 KiB of filter gradients per block, and enough blocks for many threads.
    let share = filtersPerGroup / max(1, 16 / max(1, groups * perGroup))
    let width =
      count == 1 ? max(32, min(65_536 / max(r * s * at, 1), share + 31) / 32 * 32) : filtersPerGroup
    var blocks: [GradientParts.Block] = []
    var offset = 0
    for group in 0..<groups {
      for first in stride(from: 0, to: channelsPerGroup, by: at) {
        let channels = first..<min(first + at, channelsPerGroup)
        let rows = r * s * channels.count
        for filter in stride(from: 0, to: filtersPerGroup, by: max(width, 1)) {
          let filters = filter..<min(filter + width, filtersPerGroup)
          let block = GradientParts.Block(
            group: group, channels: channels, filters: filters, rows: rows, count: rows * filters.count,
            offset: offset)
          offset += count * block.count
          blocks.append(block)
        }
      }
    }
    return GradientParts(blocks: blocks, count: count)
  }
}
