import CKernels
import Programs
import ReferenceKernels

extension Accelerated {
  /// The filter gradient as implicit GEMM.
  ///
  /// Partial sums over parts of the images are added in a fixed order, so the rounding is deterministic.
  static func weightGradient(
    _ kernel: ConvolutionKernel, _ windows: lemnos_convolution, _ parts: GradientParts,
    x: UnsafePointer<Float>, dy: UnsafePointer<Float>,
    dw: UnsafeMutablePointer<Float>?, _ epilogue: Epilogue?, in own: UnsafeMutablePointer<Float>
  ) -> [Work] {
    var windows = windows
    windows.x = x
    let multiply = {
      [windows] (block: GradientParts.Block, part: Int, total: UnsafeMutablePointer<Float>) in
      var windows = windows
      let (first, last) = (kernel.n * part / parts.count, kernel.n * (part + 1) / parts.count)
      lemnos_convolve_gradient(&windows, dy, block.inC, Int64(first), Int64(last), total)
    }
    // Sums the partial sums of some of a block's filters.
    let finish = {
      [windows] (block: GradientParts.Block, own: Range<Int>, totals: UnsafeMutablePointer<Float>)
      in
      var windows = windows
      // The offset of the first of these filters in the result, and the stride between filters.
      let filter = block.group * kernel.filtersPerGroup + block.filters.lowerBound + own.lowerBound
      let element = filter * kernel.filterCount + block.channels.lowerBound * kernel.r * kernel.s
      let row = dw == nil ? block.rows : kernel.filterCount
      let to =
        dw.map { $0 + element }
        ?? lemnos_scratch(LEMNOS_SCRATCH_RESULTS, Int64(own.count * block.rows))
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
            guard let total = lemnos_scratch(LEMNOS_SCRATCH_TOTALS, Int64(block.count)) else {
              continue
            }
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
    let filterBlocks = (blocks[0].filters.count + at - 1) / at
    let perUnit = at * parts.count * blocks[0].rows
    let gathering = Work(extent: blocks.count * filterBlocks, grain: max(1, 32_768 / perUnit)) {
      range in
      for unit in range {
        let (block, first) = (blocks[unit / filterBlocks], unit % filterBlocks * at)
        guard first < block.filters.count else { continue }
        finish(block, first..<min(first + at, block.filters.count), own + block.offset)
      }
    }
    return [multiplying, gathering]
  }
}

/// The split of a filter gradient: by channels, and by images (split-K), whose partial sums are added
/// afterwards.
struct GradientParts {
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

  init(_ kernel: ConvolutionKernel, _ windows: lemnos_convolution) {
    let at = withUnsafePointer(to: windows) { Int(lemnos_gradient_channels($0)) }
    let perGroup = (kernel.channelsPerGroup + at - 1) / at
    let (units, sums) = (kernel.leastUnits, kernel.filterCount * kernel.groups * kernel.filtersPerGroup)
    // Where blocks of channels are too few for many threads: first splits of the images, as many as cost little.
    let blocksOfChannels = max(1, kernel.groups * perGroup)
    let count =
      blocksOfChannels < units
      ? SumSplits.splits(
        flops: kernel.flops, sums: sums, atMost: min(kernel.n, units / blocksOfChannels)) : 1
    // Then blocks of filters; without splits of at most 256 KiB, because they are finished in the cache.
    let share = kernel.filtersPerGroup / max(1, units / (blocksOfChannels * count))
    let most = count == 1 ? 65_536 / max(kernel.r * kernel.s * at, 1) : kernel.filtersPerGroup
    let width = max(count == 1 ? 32 : 64, min(most, share + 31) / 32 * 32)
    var blocks: [Block] = []
    var offset = 0
    for group in 0..<kernel.groups {
      for first in stride(from: 0, to: kernel.channelsPerGroup, by: at) {
        let channels = first..<min(first + at, kernel.channelsPerGroup)
        let rows = kernel.r * kernel.s * channels.count
        for filter in stride(from: 0, to: kernel.filtersPerGroup, by: max(width, 1)) {
          let filters = filter..<min(filter + width, kernel.filtersPerGroup)
          let block = Block(
            group: group, channels: channels, filters: filters, rows: rows,
            count: rows * filters.count,
            offset: offset)
          offset += count * block.count
          blocks.append(block)
        }
      }
    }
    (self.blocks, self.count) = (blocks, count)
  }
}
