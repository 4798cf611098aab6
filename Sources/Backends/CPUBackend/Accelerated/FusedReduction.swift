import CKernels
import Execution
import Programs
import ReferenceKernels
import Tensors

/// A fusion group with reductions, as its loop nest says: passes over all elements, and between them the
/// operations on the sums.
///
/// A pass is split into parts independent of the number of threads, with partial sums that are added in a
/// fixed order. It may accumulate secondary reductions too, which are finished last.
struct FusedReduction {
  private let parts: GroupMemory
  private var fusionGroup: FusionGroup { parts.group }
  private let nest: LoopNest

  /// The memory order of the reduced elements.
  private let split: ReductionSplit

  /// The shares of a pass, each with partial sums of the secondary reductions.
  private let shareCount: Int

  /// The memory of kept results, by index; those that overwrite an input are copied there at the end.
  private let kept: [Int: BufferView]
  private let copied: [(from: BufferView, to: BufferView)]

  /// The partial sums of each reduction, by part: one set after another, per split.
  private let totals: [Int: UnsafeMutablePointer<Float>]

  /// Secondary reductions, by part.
  private let secondary: [Int: Secondary]

  private struct Secondary {
    let split: ReductionSplit
    /// One set after another, per share of a pass.
    let totals: UnsafeMutablePointer<Float>
  }

  init(_ parts: GroupMemory, _ workspace: Workspace) {
    self.parts = parts
    let fusionGroup = parts.group
    nest = LoopNest(fusionGroup, parts.kernel.buffers)
    split = ReductionSplit(fusionGroup.space)
    shareCount = FusedReduction.shareCount(of: fusionGroup, split)
    let keptCount = split.keptCount
    var totals: [Int: UnsafeMutablePointer<Float>] = [:]
    var secondary: [Int: Secondary] = [:]
    for (number, part) in fusionGroup.parts.enumerated() {
      switch part.extent {
      case .secondary(let space):
        let own = ReductionSplit(space)
        secondary[number] = Secondary(split: own, totals: workspace.take(shareCount * own.keptCount))
      case .reduced where part.kernel.isReduction: totals[number] = workspace.take(split.count * keptCount)
      default: break
      }
    }
    var kept: [Int: BufferView] = [:]
    var copied: [(from: BufferView, to: BufferView)] = []
    for (number, result) in fusionGroup.results.enumerated() where result.extent == .reduced {
      let own = BufferView(
        base: UnsafeMutableRawPointer(workspace.take(keptCount * result.dtype.floatCount)),
        type: TensorType([keptCount], result.dtype))
      let buffer = result.buffer.map { (view: parts.buffers[$0], isRead: parts.kernel.buffers[$0].isRead) }
      kept[number] = buffer?.isRead == false ? buffer?.view ?? own : own
      if let buffer, buffer.isRead { copied.append((own, buffer.view)) }
    }
    (self.totals, self.secondary, self.kept, self.copied) = (totals, secondary, kept, copied)
  }

  private static func shareCount(of fusionGroup: FusionGroup, _ split: ReductionSplit) -> Int {
    let sums = fusionGroup.parts.map { part in
      if case .secondary(let space) = part.extent { space.keptCount } else { 0 }
    }
    return split.shareCount(sums: sums.max() ?? 0)
  }

  /// Floats of workspace that a fusion group needs.
  static func workspaceCount(of fusionGroup: FusionGroup) -> Int {
    let split = ReductionSplit(fusionGroup.space)
    let shares = shareCount(of: fusionGroup, split)
    let sums = fusionGroup.parts.count { $0.kernel.isReduction && $0.extent == .reduced }
    let secondary = fusionGroup.parts.reduce(0) {
      if case .secondary(let space) = $1.extent { $0 + shares * space.keptCount } else { $0 }
    }
    let kept = fusionGroup.results.reduce(0) { $0 + ($1.extent == .reduced ? $1.dtype.floatCount : 0) }
    return split.keptCount * (sums * split.count + kept) + secondary
  }

  /// The phases in sequence.
  var phases: [Work] {
    var phases = [between(0)]
    for (number, pass) in nest.passes.enumerated() { phases += [work(of: pass), between(number + 1)] }
    return (phases + [finishingSecondary, ending]).compactMap { $0 }
  }

  /// One pass over all elements; nil if there is nothing left to do.
  private func work(of pass: LoopNest.Pass) -> Work? {
    guard !pass.isEmpty else { return nil }
    let reducing = pass.accumulations.map(\.part)
    var builder = PartChain(parts, kept: kept)
    for part in pass.computed { builder.add(part, storing: pass.stored.contains(part)) }
    for part in reducing { split.reduce(part, in: &builder) }
    let others = pass.secondary.compactMap { secondary[$0] }
    for (part, other) in zip(pass.secondary, others) { other.split.reduce(part, in: &builder) }
    let chain = builder.build()
    guard !reducing.isEmpty || !others.isEmpty else {
      return Work(extent: fusionGroup.space.count, grain: chain.grain) { chain.run($0) }
    }
    let (split, shareCount) = (self.split, self.shareCount)
    let (sums, count) = (reducing.compactMap { totals[$0] }, fusionGroup.space.count)
    // The extent is in elements, so that threads are shared in proportion with work beside it.
    return Work(extent: count, grain: chain.grain) { range in
      // Work with partial sums of its own is not split further.
      let shares = others.isEmpty ? split.unitCount : shareCount
      let most = sums.count + others.count
      withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<Float>?.self, capacity: most) { totals in
        for share in shares * range.lowerBound / count..<shares * range.upperBound / count {
          for (number, other) in others.enumerated() {
            let own = other.totals + share * other.split.keptCount
            own.update(repeating: 0, count: other.split.keptCount)
            totals[sums.count + number] = own
          }
          let units = split.unitCount * share / shares..<split.unitCount * (share + 1) / shares
          split.forEachPiece(of: units) { elements, offset, count in
            for (number, sum) in sums.enumerated() {
              (sum + offset).update(repeating: 0, count: count)
              totals[number] = sum + (split.kind == .rows ? 0 : offset)
            }
            chain.run(elements, totals: totals.baseAddress)
          }
        }
      }
    }
  }

  /// The values available after a number of passes: sums, and what is computed from them.
  private func between(_ passes: Int) -> Work? {
    let now = nest.kept[passes]
    guard !now.isEmpty else { return nil }
    let sums = now.compactMap { part -> (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>)? in
      guard let totals = totals[part], let view = kept[fusionGroup.parts[part].firstResult] else {
        return nil
      }
      return (totals, view.pointer(to: Float.self))
    }
    var builder = PartChain(parts, kept: kept)
    for part in now where totals[part] == nil { builder.add(part, storing: true, at: kept) }
    let (chain, splits, keptCount) = (builder.build(), split.count, split.keptCount)
    return Work(extent: keptCount, grain: 8192) { indices in
      for (totals, sum) in sums { FusedReduction.addUp(totals, splits, of: keptCount, at: indices, to: sum) }
      if chain.hasEffect { chain.run(indices) }
    }
  }

  /// Adds the partial sums of all splits, in order, for some of the `count` totals.
  private static func addUp(
    _ totals: UnsafeMutablePointer<Float>, _ splits: Int, of count: Int, at indices: Range<Int>,
    to sum: UnsafeMutablePointer<Float>
  ) {
    lemnos_sum_columns(
      totals, sum, 1, Int64(max(splits, 1)), Int64(count), Int64(indices.lowerBound),
      Int64(indices.upperBound))
  }

  /// Adds the shares' partial sums of the secondary reductions.
  private var finishingSecondary: Work? {
    let shares = shareCount
    let works = secondary.sorted { $0.key < $1.key }.map { part, own in
      let (sum, count) = (parts.totals(of: fusionGroup.parts[part]), own.split.keptCount)
      return Work(extent: count, grain: 65_536 / shares) { indices in
        FusedReduction.addUp(own.totals, shares, of: count, at: indices, to: sum)
      }
    }
    return works.isEmpty ? nil : Work(sideBySide: works)
  }

  /// The last phase: epilogue parts, and results that overwrite inputs.
  private var ending: Work? {
    let tails = fusionGroup.parts.enumerated().compactMap { number, part -> (Chain, Int)? in
      guard part.extent == .epilogue, case .pointwise(let kernel) = part.kernel else { return nil }
      var builder = PartChain(parts, kept: kept)
      builder.add(number, storing: true)
      return (builder.build(), kernel.count)
    }
    guard !tails.isEmpty || !copied.isEmpty else { return nil }
    let copied = self.copied
    return Work(extent: 1, grain: 1) { _ in
      for (chain, count) in tails { chain.run(0..<count) }
      for (from, to) in copied { to.base.copyMemory(from: from.base, byteCount: from.type.byteCount) }
    }
  }
}

extension Kernel {
  var isReduction: Bool { if case .reduction = self { true } else { false } }
}

extension DType {
  /// Floats of workspace for an element.
  fileprivate var floatCount: Int { max(1, byteCount / 4) }
}
