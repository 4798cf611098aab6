import Tensors

/// Fusion grouping: decides which items of a program share a dispatch and pass values in registers.
///
/// Items are visited in order. Each joins the cluster of one of its producers if it computes the same
/// elements, or the kept ones of a reduction, and if fusing creates no cycle. A matrix product fuses its
/// epilogue; a sum fuses its producers and the pointwise operations on its results.
struct FusionGrouping {
  struct Cluster {
    let space: IterationSpace
    /// Ascending, except that a product comes first.
    var items: [Int]
    let isContraction: Bool
  }

  /// Indexed by the cluster's first item; nil where that item has joined another cluster.
  private(set) var clusters: [Cluster?]
  private(set) var clusterOf: [Int]
  private(set) var extentOf: [Program.ValueID: FusionGroup.Extent] = [:]

  let work: DispatchWork
  let policy: FusionPolicy

  /// How often each rewrite that fuses sums was applied.
  var counts: [Rewrite: Int] = [:]
  private let successors: [[Int]]
  private let predecessors: [[Int]]
  private var writer: [Program.ValueID: Int] = [:]
  private var readers: [Program.ValueID: [Int]] = [:]

  init(_ work: DispatchWork, _ policy: FusionPolicy) {
    self.work = work
    self.policy = policy
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
          space: work.items[index].space
            ?? IterationSpace(count: work.values[work.items[index].outputs[0]].type.shape.count),
          items: [index], isContraction: work.items[index].kernel.isContraction))
      setExtent(index, work.items[index].kernel.startingExtent)
      join(index)
    }
    if policy.rewrites.contains(.sumsIntoProducts) { fuseSumsIntoProducts() }
    if policy.rewrites.contains(.secondarySums) { fuseSumsOfInputs() }
  }

  mutating func setExtent(_ index: Int, _ extent: FusionGroup.Extent) {
    for output in work.items[index].outputs { extentOf[output] = extent }
  }

  /// Fuses an item into the clusters it reads from, the latest first.
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
      merge(own, into: candidate, space: mergedSpace(candidate, index))
      setExtent(index, extent)
      if case .secondary = extent { counts[.secondarySums, default: 0] += 1 }
    }
  }

  private func mergedSpace(_ cluster: Int, _ index: Int) -> IterationSpace {
    guard let space = clusters[cluster]?.space else {
      preconditionFailure("cluster \(cluster) has been merged")
    }
    return space.isReduced ? space : work.items[index].space ?? space
  }
}

// MARK: Which elements

extension FusionGrouping {
  /// The extent an item would have as a member of a cluster; nil if it cannot be fused.
  private func extent(of index: Int, in candidate: Int, with own: Int) -> FusionGroup.Extent? {
    guard let cluster = clusters[candidate], let mine = clusters[own] else { return nil }
    let leader = work.items[cluster.items[0]].kernel
    guard !work.items[cluster.items[0]].isAlone, leader.isContraction || leader.isGenerated else {
      return nil
    }
    let item = work.items[index]
    if !policy.fusesPoolingWithOthers, case .pooling = leader {
      return isPoolingPair(work.items[cluster.items[0]], item) && cluster.items.count == 1
        ? .elementwise : nil
    }
    let inputs = item.inputs.enumerated().filter { writer[$0.element].map { clusterOf[$0] } == candidate }
    switch item.kernel {
    case .pointwise(let kernel):
      if mine.items.count > 1 { return mergedExtent(kernel, of: index, cluster, mine, inputs) }
      return extent(of: kernel, item, in: cluster, reading: inputs)
    case .pooling(let kernel) where kernel.step == .pick:
      // It depends on the argmax indices, and reads the input from memory.
      guard inputs.allSatisfy({ $0.offset == 1 }), !cluster.isContraction, !cluster.space.isReduced else {
        return nil
      }
      return .elementwise
    case .reduction:
      guard let space = item.space, !cluster.isContraction, isFull(item.inputs[0]) else { return nil }
      if mayBeSecondary(cluster, space) { return .secondary(space) }
      guard space.count == cluster.space.count, !cluster.space.isReduced || cluster.space == space,
        mayReduce(cluster, space)
      else { return nil }
      return .reduced
    case .softmaxCrossEntropyGradient:
      let isPair = cluster.items.contains { other in
        if case .softmaxCrossEntropy = work.items[other].kernel {
          work.items[other].inputs == item.inputs
        } else {
          false
        }
      }
      return isPair && item.space != nil ? .elementwise : nil
    default:
      return nil
    }
  }

  /// True if the second is the gather of the elements whose argmax indices the first computes.
  private func isPoolingPair(_ first: DispatchWork.Item, _ second: DispatchWork.Item) -> Bool {
    guard case .pooling(let place) = first.kernel, case .pooling(let pick) = second.kernel else {
      return false
    }
    return place.step == .place && pick.step == .pick && first.inputs[0] == second.inputs[0]
  }

  private func isFull(_ value: Program.ValueID) -> Bool { extentOf[value] == .elementwise }

  private func extent(
    of kernel: PointwiseKernel, _ item: DispatchWork.Item, in cluster: Cluster,
    reading inputs: [(offset: Int, element: Program.ValueID)]
  ) -> FusionGroup.Extent? {
    let space = cluster.space
    let inPlace = { (place: Int) in kernel.inputs[place].isContiguous && kernel.inputs[place].offset == 0 }
    if cluster.isContraction {
      guard kernel.count == space.count, inputs.allSatisfy({ inPlace($0.offset) }), !feedsSums(item) else {
        return nil
      }
      return .elementwise
    }
    // Do not fuse wide parallel work into a reduction that has few threads.
    let mayBeFull =
      !space.isReduced || space.keptCount >= policy.parallelSums
      || space.count <= policy.serialCount
    if kernel.count == space.count, mayBeFull,
      inputs.allSatisfy({ input in
        switch extentOf[input.element] {
        case .elementwise: inPlace(input.offset)
        case .reduced: space.broadcastsKept(kernel.inputs[input.offset], over: kernel.shape)
        default: false
        }
      })
    {
      return .elementwise
    }
    guard space.isReduced, inputs.allSatisfy({ extentOf[$0.element] == .reduced }) else { return nil }
    if kernel.count == space.keptCount, inputs.allSatisfy({ inPlace($0.offset) }) { return .reduced }
    if space.keptCount == 1, kernel.count <= policy.serialCount,
      inputs.allSatisfy({ kernel.inputs[$0.offset].isUniform && kernel.inputs[$0.offset].offset == 0 })
    {
      return .epilogue
    }
    return nil
  }

  /// The extent of an item that brings its own cluster along into another.
  private func mergedExtent(
    _ kernel: PointwiseKernel, of index: Int, _ cluster: Cluster, _ mine: Cluster,
    _ inputs: [(offset: Int, element: Program.ValueID)]
  ) -> FusionGroup.Extent? {
    guard !cluster.isContraction, !mine.isContraction, cluster.space == mine.space,
      let extent = extent(of: kernel, work.items[index], in: cluster, reading: inputs),
      extent == extentOf[work.items[index].outputs[0]]
    else { return nil }
    return extent
  }

  /// True if sums read an item, no contraction does, and it is no output of the program.
  private func feedsSums(_ item: DispatchWork.Item) -> Bool {
    let kernels = item.outputs.flatMap { readers[$0, default: []] }.map { work.items[$0].kernel }
    return kernels.contains(where: \.isSum) && !kernels.contains(where: \.isContraction)
      && !item.outputs.contains(where: work.outputs.contains)
  }

  /// True if a sum may be fused with its producer: by some policies not where the producer's value must also
  /// be stored.
  private func mayReduce(_ cluster: Cluster, _ space: IterationSpace) -> Bool {
    if policy.fusesSumsOfStoredValues || space.count <= policy.smallCount { return true }
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

extension FusionGrouping {
  mutating func merge(_ other: Int, into cluster: Int, space: IterationSpace) {
    guard let moved = clusters[other]?.items, let old = clusters[cluster] else {
      preconditionFailure("cluster \(other) or \(cluster) has been merged")
    }
    let leader = old.isContraction ? old.items.prefix(1) : []
    clusters[cluster] = Cluster(
      space: space, items: leader + (old.items.dropFirst(leader.count) + moved).sorted(),
      isContraction: old.isContraction)
    clusters[other] = nil
    for item in moved { clusterOf[item] = cluster }
  }

  func canMerge(_ first: Int, _ second: Int) -> Bool {
    let items = (clusters[first]?.items ?? []) + (clusters[second]?.items ?? [])
    return items.count <= policy.maximumParts && bufferCount(of: items) <= policy.maximumBuffers
      && keepsStates(items) && readsElsewhereFromMemory(items) && mayLoop(items, first, second)
      && !hasWayBack(Set(items))
  }

  /// True if no item reads, at an index other than its own, a value made by another: registers hold one
  /// element.
  private func readsElsewhereFromMemory(_ items: [Int]) -> Bool {
    let made = Set(items.flatMap { work.items[$0].outputs })
    return items.allSatisfy { index in
      work.items[index].inputs.enumerated().allSatisfy { offset, input in
        !made.contains(input) || work.items[index].kernel.readsInPlace(offset)
      }
    }
  }

  /// True if the passes of the fused items over the iteration space stay within the loop limit.
  private func mayLoop(_ items: [Int], _ first: Int, _ second: Int) -> Bool {
    guard let loops = policy.loops else { return true }
    let reduced = [first, second].compactMap { clusters[$0]?.space.reducedCount }.max() ?? 1
    guard reduced > 1 else { return true }
    let each = items.reduce(0) { $0 + work.items[$1].kernel.iterationsPerElement }
    return loops.allows(passes: passes(of: items), over: reduced, each: each)
  }

  /// The number of passes over the elements: one more for each sum that depends on a sum.
  private func passes(of items: [Int]) -> Int {
    var passesBefore: [Program.ValueID: Int] = [:]
    var most = 1
    for index in items.sorted() {
      let item = work.items[index]
      var before = item.inputs.map { passesBefore[$0] ?? 0 }.max() ?? 0
      switch item.kernel {
      case .reduction: before += 1
      // The maximum, then the sum of exponentials.
      case .softmaxCrossEntropy, .softmaxCrossEntropyGradient: before = 2
      default: break
      }
      for output in item.outputs { passesBefore[output] = before }
      most = max(most, before + (item.kernel.isSum ? 0 : 1))
    }
    return most
  }

  /// The maximum number of buffers bound by a dispatch of some items.
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

  /// True if every state that an item overwrites is read by the others elementwise and in place.
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

  /// True if a dependency path leaves a set of items and returns: fusing them would create a cycle.
  private func hasWayBack(_ items: Set<Int>) -> Bool {
    // Clusters are traversed as a whole.
    var seen: Set<Int> = []
    var stack = items.flatMap { successors[$0] }
      .filter { !items.contains($0) && $0 < clusterOf.count }.map { clusterOf[$0] }
    while let cluster = stack.popLast() {
      guard seen.insert(cluster).inserted else { continue }
      for member in clusters[cluster]?.items ?? [] {
        for next in successors[member] {
          if items.contains(next) { return true }
          // Items not visited yet are clusters of one, and have no path back to visited items.
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

  /// True if it can be fused with its producers.
  fileprivate var canFollow: Bool {
    switch self {
    case .pointwise, .softmaxCrossEntropyGradient: true
    case .pooling(let kernel): kernel.step == .pick
    case .reduction: isSum
    default: false
    }
  }

  /// True if an input is read at the element being computed, or as its extent says.
  fileprivate func readsInPlace(_ input: Int) -> Bool {
    switch self {
    case .pointwise, .reduction: true
    case .softmaxCrossEntropyGradient: input == 0
    case .pooling(let kernel): kernel.step == .pick && input == 1
    default: false
    }
  }

  /// The extent of a kernel that starts a cluster.
  fileprivate var startingExtent: FusionGroup.Extent {
    switch self {
    case .reduction, .softmaxCrossEntropy: .reduced
    default: .elementwise
    }
  }
}
