import Tensors

/// Which items of a program share a dispatch because values pass between them in registers.
///
/// Items are taken in their order, and each joins the cluster of one of its producers where it computes the same elements,
/// or, of those, the kept ones; and where no way leads out of the cluster and back. A matrix product takes along what is
/// done to its results (its epilogue); a sum takes along what it adds up and what is done with the sums.
struct Clustering {
  struct Cluster {
    let domain: Domain
    /// Ascending, but for a product, which comes first.
    var items: [Int]
    let isContraction: Bool
  }

  /// By the number of its first item; nil where that has joined another.
  private(set) var clusters: [Cluster?]
  private(set) var clusterOf: [Int]
  private(set) var extentOf: [Program.ValueID: Segment.Extent] = [:]

  let work: DispatchWork
  let limits: DispatchLimits
  private let successors: [[Int]]
  private let predecessors: [[Int]]
  private var writer: [Program.ValueID: Int] = [:]
  private var readers: [Program.ValueID: [Int]] = [:]

  /// Registers and instructions are not unlimited.
  private static let maximumParts = 48

  /// Elements that a few workgroups can fold and rewrite without the rest of the device being missed.
  private static let smallCount = 65_536
  private static let tailCount = 4096

  init(_ work: DispatchWork, _ limits: DispatchLimits) {
    self.work = work
    self.limits = limits
    successors = work.successors
    var predecessors: [[Int]] = Array(repeating: [], count: work.items.count)
    for (index, after) in successors.enumerated() {
      for successor in after { predecessors[successor].append(index) }
    }
    self.predecessors = predecessors
    clusters = []
    clusterOf = []
    for (index, item) in work.items.enumerated() {
      for output in item.outputs { writer[output] = index }
      for input in item.inputs { readers[input, default: []].append(index) }
    }
    for index in work.items.indices {
      clusterOf.append(index)
      clusters.append(
        Cluster(
          domain: work.items[index].domain
            ?? Domain(count: work.values[work.items[index].outputs[0]].type.shape.count),
          items: [index], isContraction: work.items[index].kernel.isContraction))
      setExtent(index, work.items[index].kernel.startingExtent)
      join(index)
    }
    if limits.fusible == .arithmetic {
      takeSumsAlong()
      takeSumsOfInputsAlong()
    }
  }

  mutating func setExtent(_ index: Int, _ extent: Segment.Extent) {
    for output in work.items[index].outputs { extentOf[output] = extent }
  }

  /// Lets an item join the clusters that it reads from, the latest first.
  private mutating func join(_ index: Int) {
    guard work.items[index].kernel.canFollow, !work.items[index].isAlone else { return }
    var candidates = Set(work.items[index].inputs.compactMap { writer[$0].map { clusterOf[$0] } })
    if case .softmaxCrossEntropyGradient = work.items[index].kernel {
      // The loss itself reads the same scores.
      candidates = Set(
        readers[work.items[index].inputs[0]]?.filter { $0 < index }.map { clusterOf[$0] } ?? [])
    }
    for candidate in candidates.sorted(by: >) {
      let own = clusterOf[index]
      guard candidate != own, let extent = extent(of: index, in: candidate, with: own) else { continue }
      guard canMerge(candidate, own) else { continue }
      merge(own, into: candidate, domain: mergedDomain(candidate, index))
      setExtent(index, extent)
    }
  }

  private func mergedDomain(_ cluster: Int, _ index: Int) -> Domain {
    guard let domain = clusters[cluster]?.domain else {
      preconditionFailure("cluster \(cluster) has been merged")
    }
    return domain.isReduced ? domain : work.items[index].domain ?? domain
  }
}

// MARK: Which elements

extension Clustering {
  /// Which elements of a cluster an item would compute as its member; nil if it cannot be one.
  private func extent(of index: Int, in candidate: Int, with own: Int) -> Segment.Extent? {
    guard let cluster = clusters[candidate], let mine = clusters[own] else { return nil }
    let leader = work.items[cluster.items[0]].kernel
    guard !work.items[cluster.items[0]].isAlone, leader.isContraction || leader.isGenerated else {
      return nil
    }
    let item = work.items[index]
    if limits.fusible == .arithmetic, case .pooling = leader {
      return isPoolingPair(work.items[cluster.items[0]], item) && cluster.items.count == 1 ? .full : nil
    }
    let inputs = item.inputs.enumerated().filter { writer[$0.element].map { clusterOf[$0] } == candidate }
    switch item.kernel {
    case .pointwise(let kernel):
      if mine.items.count > 1 { return mergedExtent(kernel, of: index, cluster, mine, inputs) }
      return extent(of: kernel, item, in: cluster, reading: inputs)
    case .pooling(let kernel) where kernel.step == .pick:
      // It follows the places, and finds the numbers elsewhere.
      guard inputs.allSatisfy({ $0.offset == 1 }), !cluster.isContraction, !cluster.domain.isReduced else {
        return nil
      }
      return .full
    case .reduction:
      guard let domain = item.domain, !cluster.isContraction, isFull(item.inputs[0]) else { return nil }
      if mayFoldAside(cluster, domain) { return .aside(domain) }
      guard domain.count == cluster.domain.count, !cluster.domain.isReduced || cluster.domain == domain,
        mayFold(cluster, domain)
      else { return nil }
      return .kept
    case .softmaxCrossEntropyGradient:
      let isPair = cluster.items.contains { other in
        if case .softmaxCrossEntropy = work.items[other].kernel {
          work.items[other].inputs == item.inputs
        } else {
          false
        }
      }
      return isPair && item.domain != nil ? .full : nil
    default:
      return nil
    }
  }

  /// Whether the second picks the elements of whose places the first is.
  private func isPoolingPair(_ first: DispatchWork.Item, _ second: DispatchWork.Item) -> Bool {
    guard case .pooling(let place) = first.kernel, case .pooling(let pick) = second.kernel else {
      return false
    }
    return place.step == .place && pick.step == .pick && first.inputs[0] == second.inputs[0]
  }

  private func isFull(_ value: Program.ValueID) -> Bool { extentOf[value] == .full }

  private func extent(
    of kernel: PointwiseKernel, _ item: DispatchWork.Item, in cluster: Cluster,
    reading inputs: [(offset: Int, element: Program.ValueID)]
  ) -> Segment.Extent? {
    let domain = cluster.domain
    let inPlace = { (place: Int) in kernel.inputs[place].isContiguous && kernel.inputs[place].offset == 0 }
    if cluster.isContraction {
      guard kernel.count == domain.count, inputs.allSatisfy({ inPlace($0.offset) }), !feedsSums(item) else {
        return nil
      }
      return .full
    }
    // What many would do side by side must not wait for the few that fold.
    let mayBeFull = !domain.isReduced || domain.keptCount >= 32 || domain.count <= Clustering.smallCount / 16
    if kernel.count == domain.count, mayBeFull,
      inputs.allSatisfy({ input in
        switch extentOf[input.element] {
        case .full: inPlace(input.offset)
        case .kept: domain.broadcastsKept(kernel.inputs[input.offset], over: kernel.shape)
        default: false
        }
      })
    {
      return .full
    }
    guard domain.isReduced, inputs.allSatisfy({ extentOf[$0.element] == .kept }) else { return nil }
    if kernel.count == domain.keptCount, inputs.allSatisfy({ inPlace($0.offset) }) { return .kept }
    if domain.keptCount == 1, kernel.count <= Clustering.tailCount,
      inputs.allSatisfy({ kernel.inputs[$0.offset].isUniform && kernel.inputs[$0.offset].offset == 0 })
    {
      return .tail
    }
    return nil
  }

  /// The extent of an item that has joined one cluster when it takes that along into another.
  private func mergedExtent(
    _ kernel: PointwiseKernel, of index: Int, _ cluster: Cluster, _ mine: Cluster,
    _ inputs: [(offset: Int, element: Program.ValueID)]
  ) -> Segment.Extent? {
    guard !cluster.isContraction, !mine.isContraction, cluster.domain == mine.domain,
      let extent = extent(of: kernel, work.items[index], in: cluster, reading: inputs),
      extent == extentOf[work.items[index].outputs[0]]
    else { return nil }
    return extent
  }

  /// Whether an item is read by nothing but sums and what can be computed together with them.
  private func feedsSums(_ item: DispatchWork.Item) -> Bool {
    let kernels = item.outputs.flatMap { readers[$0, default: []] }.map { work.items[$0].kernel }
    return kernels.contains(where: \.isSum) && !kernels.contains(where: \.isContraction)
      && !item.outputs.contains(where: work.outputs.contains)
  }

  /// Whether a sum may fold what a cluster computes: not where that has to be stored as well, by the many lanes of a card.
  private func mayFold(_ cluster: Cluster, _ domain: Domain) -> Bool {
    if limits.fusible == .arithmetic || domain.count <= Clustering.smallCount { return true }
    return !cluster.items.contains { index in
      work.items[index].outputs.contains { output in
        isFull(output)
          && (work.outputs.contains(output)
            || (readers[output] ?? []).contains { work.items[$0].kernel.isContraction })
      }
    }
  }
}

// MARK: Merging

extension Clustering {
  mutating func merge(_ other: Int, into cluster: Int, domain: Domain) {
    guard let moved = clusters[other]?.items, let old = clusters[cluster] else {
      preconditionFailure("cluster \(other) or \(cluster) has been merged")
    }
    let leader = old.isContraction ? old.items.prefix(1) : []
    clusters[cluster] = Cluster(
      domain: domain, items: leader + (old.items.dropFirst(leader.count) + moved).sorted(),
      isContraction: old.isContraction)
    clusters[other] = nil
    for item in moved { clusterOf[item] = cluster }
  }

  func canMerge(_ first: Int, _ second: Int) -> Bool {
    let items = (clusters[first]?.items ?? []) + (clusters[second]?.items ?? [])
    return items.count <= Clustering.maximumParts && bufferCount(of: items) <= limits.maximumBuffers
      && keepsStates(items) && readsElsewhereFromMemory(items) && mayLoop(items, first, second)
      && !hasWayBack(Set(items))
  }

  /// Whether what some items read at other elements than their own is made by none of them: a register has one element only.
  private func readsElsewhereFromMemory(_ items: [Int]) -> Bool {
    let made = Set(items.flatMap { work.items[$0].outputs })
    return items.allSatisfy { index in
      work.items[index].inputs.enumerated().allSatisfy { offset, input in
        !made.contains(input) || work.items[index].kernel.readsInPlace(offset)
      }
    }
  }

  /// Whether the passes that some items make over the elements of two clusters are few enough.
  private func mayLoop(_ items: [Int], _ first: Int, _ second: Int) -> Bool {
    guard let loops = limits.loops else { return true }
    let reduced = [first, second].compactMap { clusters[$0]?.domain.reducedCount }.max() ?? 1
    guard reduced > 1 else { return true }
    let each = items.reduce(0) { $0 + work.items[$1].kernel.iterationsPerElement }
    return loops.allows(passes: passes(of: items), over: reduced, each: each)
  }

  /// How often a workgroup passes over the elements of a cluster of such items: once more for each sum that depends on a sum.
  private func passes(of items: [Int]) -> Int {
    var passesBefore: [Program.ValueID: Int] = [:]
    var most = 1
    for index in items.sorted() {
      let item = work.items[index]
      var before = item.inputs.map { passesBefore[$0] ?? 0 }.max() ?? 0
      switch item.kernel {
      case .reduction: before += 1
      // The greatest score, then the sum of exponentials.
      case .softmaxCrossEntropy, .softmaxCrossEntropyGradient: before = 2
      default: break
      }
      for output in item.outputs { passesBefore[output] = before }
      most = max(most, before + (item.kernel.isSum ? 0 : 1))
    }
    return most
  }

  /// How many buffers a dispatch of some items touches at most.
  private func bufferCount(of items: [Int]) -> Int {
    let made = Set(items.flatMap { work.items[$0].outputs })
    var storages: Set<Program.Storage> = []
    var count = 0
    for value in Set(items.flatMap { work.items[$0].inputs + work.items[$0].outputs }) {
      switch work.values[value].storage {
      case .arena:
        let isInner =
          made.contains(value) && !work.outputs.contains(value)
          && (readers[value] ?? []).allSatisfy { items.contains($0) }
        if !isInner { count += 1 }
      case let storage: storages.insert(storage)
      }
    }
    return count + storages.count
  }

  /// Whether a state that some item overwrites is read by the others element by element, as it is written.
  private func keepsStates(_ items: [Int]) -> Bool {
    for writer in items {
      for output in work.items[writer].outputs {
        guard case .state(let state) = work.values[output].storage else { continue }
        for reader in items {
          for (place, input) in work.items[reader].inputs.enumerated()
          where work.values[input].storage == .state(state) {
            guard case .pointwise(let kernel) = work.items[reader].kernel, kernel.inputs[place].isContiguous,
              kernel.inputs[place].offset == 0, kernel.count == state.shape.count
            else { return false }
          }
        }
      }
    }
    return true
  }

  /// Whether some way leads out of a set of items and back: then they cannot be computed together.
  private func hasWayBack(_ items: Set<Int>) -> Bool {
    // Clusters are entered and left as a whole.
    var seen: Set<Int> = []
    var stack = items.flatMap { successors[$0] }
      .filter { !items.contains($0) && $0 < clusterOf.count }.map { clusterOf[$0] }
    while let cluster = stack.popLast() {
      guard seen.insert(cluster).inserted else { continue }
      for member in clusters[cluster]?.items ?? [] {
        for next in successors[member] {
          if items.contains(next) { return true }
          // Items that have not had their turn are alone, and lead back to none that has.
          if next < clusterOf.count, clusterOf[next] != cluster { stack.append(clusterOf[next]) }
        }
      }
    }
    return false
  }
}

extension Kernel {
  var isPointwise: Bool { if case .pointwise = self { true } else { false } }

  var isSum: Bool { if case .reduction(let kernel) = self { kernel.kind == .sum } else { false } }

  /// Whether it can be computed together with what it reads.
  fileprivate var canFollow: Bool {
    switch self {
    case .pointwise, .softmaxCrossEntropyGradient: true
    case .pooling(let kernel): kernel.step == .pick
    case .reduction: isSum
    default: false
    }
  }

  /// Whether an input is read at the element that is computed, or as extents say.
  fileprivate func readsInPlace(_ input: Int) -> Bool {
    switch self {
    case .pointwise, .reduction: true
    case .softmaxCrossEntropyGradient: input == 0
    case .pooling(let kernel): kernel.step == .pick && input == 1
    default: false
    }
  }

  /// Which of its own elements a kernel computes, when it comes first.
  fileprivate var startingExtent: Segment.Extent {
    switch self {
    case .reduction, .softmaxCrossEntropy: .kept
    default: .full
    }
  }
}
