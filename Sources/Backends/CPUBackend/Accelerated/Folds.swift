import CKernels
import Execution
import Programs
import ReferenceKernels
import Tensors

/// A segment with reductions: passes over all elements, each computing the sums that depend on earlier ones,
/// and between the passes the operations on the sums.
///
/// A pass is split into parts independent of the number of threads, with partial sums that are added in a
/// fixed order. It may accumulate secondary reductions too, which are finished last.
struct FoldWork {
  private let parts: SegmentParts
  private var segment: Segment { parts.segment }

  /// The pass in which each part is computed; for a sum, the pass after which it is available.
  private let walkOf: [Int]
  private let lastWalk: Int

  /// The memory order of the reduced elements.
  private let form: FoldForm
  private var keptCount: Int { form.keptCount }
  private var cuts: Int { form.cuts }

  /// The memory of kept results, by index; those that overwrite an input are copied there at the end.
  private let kept: [Int: BufferView]
  private let copied: [(from: BufferView, to: BufferView)]

  /// The partial sums of each reduction, by part: one set after another, per split.
  private let totals: [Int: UnsafeMutablePointer<Float>]

  /// Secondary reductions, by part.
  private let asides: [Int: Aside]

  private struct Aside {
    let form: FoldForm
    /// One set after another, per share of a pass.
    let totals: UnsafeMutablePointer<Float>
  }

  init(_ parts: SegmentParts, _ workspace: Workspace) {
    self.parts = parts
    let segment = parts.segment
    form = FoldForm(segment.domain)
    let keptCount = form.keptCount
    var walkOf: [Int] = []
    var totals: [Int: UnsafeMutablePointer<Float>] = [:]
    var asides: [Int: Aside] = [:]
    for (number, part) in segment.parts.enumerated() {
      let walk =
        part.inputs.map { operand in
          if case .result(let result) = operand { walkOf[parts.partOf[result]] } else { 0 }
        }.max() ?? 0
      walkOf.append(part.kernel.isReduction ? walk + 1 : walk)
      switch part.extent {
      case .aside(let domain):
        let aside = FoldForm(domain)
        asides[number] = Aside(form: aside, totals: workspace.take(form.shareCount * aside.keptCount))
      case .kept where part.kernel.isReduction: totals[number] = workspace.take(form.cuts * keptCount)
      default: break
      }
    }
    var kept: [Int: BufferView] = [:]
    var copied: [(from: BufferView, to: BufferView)] = []
    for (number, result) in segment.results.enumerated() where result.extent == .kept {
      let own = BufferView(
        base: UnsafeMutableRawPointer(workspace.take(keptCount)), type: TensorType([keptCount], result.dtype))
      let buffer = result.buffer.map { (view: parts.buffers[$0], isRead: parts.isRead[$0]) }
      kept[number] = buffer?.isRead == false ? buffer?.view ?? own : own
      if let buffer, buffer.isRead { copied.append((own, buffer.view)) }
    }
    let full = segment.parts.indices.filter { segment.parts[$0].extent == .full }
    lastWalk =
      ((Array(totals.keys) + asides.keys).map { walkOf[$0] - 1 }
      + full.filter(parts.isStored).map { walkOf[$0] })
      .max() ?? 0
    (self.walkOf, self.totals, self.asides, self.kept, self.copied) = (walkOf, totals, asides, kept, copied)
  }

  /// Floats of workspace that a segment needs.
  static func workspaceCount(of segment: Segment) -> Int {
    let form = FoldForm(segment.domain)
    let sums = segment.parts.count { $0.kernel.isReduction && $0.extent == .kept }
    let asides = segment.parts.reduce(0) {
      if case .aside(let domain) = $1.extent { $0 + form.shareCount * domain.keptCount } else { $0 }
    }
    return form.keptCount * (sums * form.cuts + segment.results.count { $0.extent == .kept }) + asides
  }

  /// The phases in sequence.
  var phases: [Work] {
    var phases = [between(0)].compactMap { $0 }
    for walk in 0...lastWalk { phases += [self.walk(walk), between(walk + 1)].compactMap { $0 } }
    return phases + [finishingAsides, ending].compactMap { $0 }
  }

  /// One pass over all elements; nil if there is nothing left to do.
  private func walk(_ walk: Int) -> Work? {
    let folding = totals.keys.filter { walkOf[$0] == walk + 1 }.sorted()
    let aside = asides.keys.filter { walkOf[$0] == walk + 1 }.sorted()
    let storing = segment.parts.indices.filter { part in
      segment.parts[part].extent == .full && parts.isStored(part)
        && (parts.overwrites(part) ? walk == lastWalk : walkOf[part] == walk)
    }
    guard !folding.isEmpty || !aside.isEmpty || !storing.isEmpty else { return nil }
    var builder = PartChain(parts, kept: kept)
    for part in needed(by: folding + aside, storing) { builder.add(part, storing: storing.contains(part)) }
    for part in folding { form.fold(part, in: &builder) }
    let others = aside.compactMap { asides[$0] }
    for (part, other) in zip(aside, others) { other.form.fold(part, in: &builder) }
    let chain = builder.build()
    guard !folding.isEmpty || !aside.isEmpty else {
      return Work(extent: segment.domain.count, grain: chain.grain) { chain.run($0) }
    }
    let (form, sums, count) = (self.form, folding.compactMap { totals[$0] }, segment.domain.count)
    // The extent is in elements, so that threads are shared in proportion with work beside it.
    return Work(extent: count, grain: chain.grain) { range in
      // Work with partial sums of its own is not split further.
      let cuts = others.isEmpty ? form.unitCount : form.shareCount
      let most = sums.count + others.count
      withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<Float>?.self, capacity: most) { totals in
        for cut in cuts * range.lowerBound / count..<cuts * range.upperBound / count {
          for (number, other) in others.enumerated() {
            let own = other.totals + cut * other.form.keptCount
            own.update(repeating: 0, count: other.form.keptCount)
            totals[sums.count + number] = own
          }
          form.forEachPiece(of: form.unitCount * cut / cuts..<form.unitCount * (cut + 1) / cuts) {
            elements, offset, count in
            for (number, sum) in sums.enumerated() {
              (sum + offset).update(repeating: 0, count: count)
              totals[number] = sum + (form.kind == .rows ? 0 : offset)
            }
            chain.run(elements, totals: totals.baseAddress)
          }
        }
      }
    }
  }

  /// The full parts that some depend on, including themselves, in order.
  private func needed(by folding: [Int], _ storing: [Int]) -> [Int] {
    var found = Set<Int>()
    var stack = storing + folding.flatMap(producers)
    while let part = stack.popLast() {
      guard segment.parts[part].extent == .full, found.insert(part).inserted else { continue }
      stack += producers(part)
    }
    return found.sorted()
  }

  private func producers(_ part: Int) -> [Int] {
    segment.parts[part].inputs.compactMap { operand in
      if case .result(let result) = operand { parts.partOf[result] } else { nil }
    }
  }

  /// The values available after a number of passes: sums, and what is computed from them.
  private func between(_ walks: Int) -> Work? {
    let now = segment.parts.indices.filter { segment.parts[$0].extent == .kept && walkOf[$0] == walks }
    guard !now.isEmpty else { return nil }
    let sums = now.compactMap { part -> (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>)? in
      guard let totals = totals[part], let view = kept[segment.parts[part].firstResult] else { return nil }
      return (totals, view.pointer(to: Float.self))
    }
    var builder = PartChain(parts, kept: kept)
    for part in now where totals[part] == nil { builder.add(part, storing: true, at: kept) }
    let (chain, cuts, keptCount) = (builder.build(), self.cuts, self.keptCount)
    return Work(extent: keptCount, grain: 8192) { places in
      for (totals, sum) in sums { FoldWork.addUp(totals, cuts, of: keptCount, at: places, to: sum) }
      if chain.hasEffect { chain.run(places) }
    }
  }

  /// Adds the partial sums of all splits, in order, for some of the `count` totals.
  private static func addUp(
    _ totals: UnsafeMutablePointer<Float>, _ cuts: Int, of count: Int, at places: Range<Int>,
    to sum: UnsafeMutablePointer<Float>
  ) {
    lemnos_sum_columns(
      totals, sum, 1, Int64(max(cuts, 1)), Int64(count), Int64(places.lowerBound), Int64(places.upperBound))
  }

  /// Adds the shares' partial sums of the secondary reductions.
  private var finishingAsides: Work? {
    let shares = form.shareCount
    let works = asides.sorted { $0.key < $1.key }.map { part, aside in
      let (sum, count) = (parts.totals(of: segment.parts[part]), aside.form.keptCount)
      return Work(extent: count, grain: 65_536 / shares) { places in
        FoldWork.addUp(aside.totals, shares, of: count, at: places, to: sum)
      }
    }
    return works.isEmpty ? nil : Work(sideBySide: works)
  }

  /// The last phase: epilogue parts, and results that overwrite inputs.
  private var ending: Work? {
    let tails = segment.parts.enumerated().compactMap { number, part -> (Chain, Int)? in
      guard part.extent == .tail, case .pointwise(let kernel) = part.kernel else { return nil }
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
