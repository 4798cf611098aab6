import CKernels
import Programs
import Tensors

/// A segment with sums: walks through all elements, each adding up what needs earlier sums, and between the walks what is computed
/// of the sums.
///
/// A walk is cut into parts that do not depend on the number of threads, with totals of their own, which are added in their order.
struct FoldWork {
  private let parts: SegmentParts
  private var segment: Segment { parts.segment }

  /// The walk in which each part is computed; of a sum, the walk after which it is there.
  private let walkOf: [Int]
  private let lastWalk: Int

  /// Elements around, along and within the reduced axis.
  private let outer, reduced, inner: Int
  private var keptCount: Int { outer * inner }

  /// How many parts each of the outer places is cut into.
  private let cuts: Int

  /// Where kept results lie, by their number; those that overwrite what is read are copied there at the end.
  private let kept: [Int: Place]
  private let copied: [(from: Place, to: Place)]

  /// The totals of each sum, by its part: those of the first cut, then of the others.
  private let totals: [Int: UnsafeMutablePointer<Float>]

  /// Elements of a part of a walk, at least.
  private static let partCount = 16_384
  private static let maximumCuts = 32

  init(_ parts: SegmentParts, _ workspace: Workspace) {
    self.parts = parts
    let segment = parts.segment
    (outer, reduced, inner) = segment.domain.extents
    cuts = FoldWork.cuts(of: segment.domain)
    let keptCount = outer * inner
    var walkOf: [Int] = []
    var totals: [Int: UnsafeMutablePointer<Float>] = [:]
    for (number, part) in segment.parts.enumerated() {
      let walk =
        part.inputs.map { operand in
          if case .result(let result) = operand { walkOf[parts.partOf[result]] } else { 0 }
        }.max() ?? 0
      walkOf.append(part.kernel.isReduction ? walk + 1 : walk)
      if part.kernel.isReduction { totals[number] = workspace.take(cuts * keptCount) }
    }
    var kept: [Int: Place] = [:]
    var copied: [(from: Place, to: Place)] = []
    for (number, result) in segment.results.enumerated() where result.extent == .kept {
      let own = Place(
        base: UnsafeMutableRawPointer(workspace.take(keptCount)), type: TensorType([keptCount], result.dtype))
      let buffer = result.buffer.map { (place: parts.buffers[$0], isRead: parts.isRead[$0]) }
      kept[number] = buffer?.isRead == false ? buffer?.place ?? own : own
      if let buffer, buffer.isRead { copied.append((own, buffer.place)) }
    }
    let full = segment.parts.indices.filter { segment.parts[$0].extent == .full }
    lastWalk =
      (totals.keys.map { walkOf[$0] - 1 } + full.filter(parts.isStored).map { walkOf[$0] }).max() ?? 0
    (self.walkOf, self.totals, self.kept, self.copied) = (walkOf, totals, kept, copied)
  }

  /// Rows are not cut: there are many, or they are short.
  private static func cuts(of domain: Domain) -> Int {
    let (outer, reduced, inner) = domain.extents
    return inner == 1 ? 1 : max(1, min(maximumCuts, domain.count / partCount / outer, reduced))
  }

  /// Floats that a segment leaves in the workspace.
  static func workspaceCount(of segment: Segment) -> Int {
    let (outer, _, inner) = segment.domain.extents
    let sums = segment.parts.count { $0.kernel.isReduction }
    return outer * inner * (sums * cuts(of: segment.domain) + segment.results.count { $0.extent == .kept })
  }

  /// What runs one after another.
  var phases: [Work] {
    var phases = [between(0)].compactMap { $0 }
    for walk in 0...lastWalk { phases += [self.walk(walk), between(walk + 1)].compactMap { $0 } }
    return phases + [ending].compactMap { $0 }
  }

  /// One trip through all elements; nil if nothing is left to be done.
  private func walk(_ walk: Int) -> Work? {
    let folding = segment.parts.indices.filter { totals[$0] != nil && walkOf[$0] == walk + 1 }
    let storing = segment.parts.indices.filter { part in
      segment.parts[part].extent == .full && parts.isStored(part)
        && (parts.overwrites(part) ? walk == lastWalk : walkOf[part] == walk)
    }
    guard !folding.isEmpty || !storing.isEmpty else { return nil }
    var builder = PartChain(parts, kept: kept)
    for part in needed(by: folding, storing) { builder.add(part, storing: storing.contains(part)) }
    for part in folding { builder.fold(part, reduced: reduced, inner: inner) }
    let chain = builder.build()
    guard !folding.isEmpty else {
      return Work(extent: segment.domain.count, grain: chain.grain) { chain.run($0) }
    }
    let sums = folding.compactMap { totals[$0] }
    return inner == 1 ? rows(chain, sums) : columns(chain, sums)
  }

  private func rows(_ chain: Chain, _ sums: [UnsafeMutablePointer<Float>]) -> Work {
    let reduced = self.reduced
    return Work(extent: outer, grain: max(1, chain.grain / reduced)) { rows in
      for sum in sums { (sum + rows.lowerBound).update(repeating: 0, count: rows.count) }
      FoldWork.run(chain, rows.lowerBound * reduced..<rows.upperBound * reduced, sums)
    }
  }

  private func columns(_ chain: Chain, _ sums: [UnsafeMutablePointer<Float>]) -> Work {
    let (reduced, inner, cuts, keptCount) = (self.reduced, self.inner, self.cuts, self.keptCount)
    let unitCount = max(1, reduced / cuts * inner)
    return Work(extent: outer * cuts, grain: max(1, chain.grain / unitCount)) { units in
      for unit in units {
        let (place, cut) = (unit / cuts, unit % cuts)
        let own = sums.map { $0 + cut * keptCount + place * inner }
        for sum in own { sum.update(repeating: 0, count: inner) }
        let (first, last) = (reduced * cut / cuts, reduced * (cut + 1) / cuts)
        FoldWork.run(chain, (place * reduced + first) * inner..<(place * reduced + last) * inner, own)
      }
    }
  }

  private static func run(_ chain: Chain, _ range: Range<Int>, _ totals: [UnsafeMutablePointer<Float>]) {
    let optional = totals.map { Optional($0) }
    optional.withUnsafeBufferPointer { chain.run(range, totals: $0.baseAddress) }
  }

  /// The full parts that some need, themselves included, in their order.
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

  /// What becomes known after a number of walks: sums, and what is computed of them for each place.
  private func between(_ walks: Int) -> Work? {
    let now = segment.parts.indices.filter { segment.parts[$0].extent == .kept && walkOf[$0] == walks }
    guard !now.isEmpty else { return nil }
    let sums = now.compactMap { part -> (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>)? in
      guard let totals = totals[part], let place = kept[segment.parts[part].firstResult] else { return nil }
      return (totals, place.pointer(to: Float.self))
    }
    var builder = PartChain(parts, kept: kept)
    for part in now where totals[part] == nil { builder.add(part, storing: true, at: kept) }
    let (chain, cuts, keptCount) = (builder.build(), self.cuts, self.keptCount)
    return Work(extent: keptCount, grain: 8192) { places in
      for (totals, sum) in sums {
        for place in places {
          var total = totals[place]
          for cut in 1..<max(cuts, 1) { total += totals[cut * keptCount + place] }
          sum[place] = total
        }
      }
      if chain.hasEffect { chain.run(places) }
    }
  }

  /// What is done when everything else is.
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
