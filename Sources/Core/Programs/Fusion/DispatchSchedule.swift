import Tensors

/// Assigns each cluster a level, and merges clusters of a level into shared dispatches.
///
/// In small networks a dispatch costs more in synchronization than in work. So small work, or a small matrix
/// product, is delayed within its slack to a level at which something of its kind has to run anyway, and
/// shares its dispatch. Work with large operands is not delayed, as that would extend their live ranges.
struct DispatchSchedule {
  /// Clusters that share a dispatch, level by level.
  private(set) var levels: [[[Int]]] = []

  private let work: DispatchWork
  private let grouping: FusionGrouping
  private let policy: FusionPolicy

  /// The clusters that read each value.
  private var readers: [Program.ValueID: Set<Int>] = [:]

  private enum Kind: Hashable {
    case light, smallMatMul, alone
  }

  init(_ work: DispatchWork, _ grouping: FusionGrouping, _ policy: FusionPolicy) {
    self.work = work
    self.grouping = grouping
    self.policy = policy
    for (index, item) in work.items.enumerated() {
      for input in item.inputs { readers[input, default: []].insert(grouping.clusterOf[index]) }
    }
    let clusters = grouping.clusters.indices.filter { grouping.clusters[$0] != nil }
    var after: [Int: Set<Int>] = [:]
    var waiting: [Int: Int] = [:]
    for (item, successors) in work.successors.enumerated() {
      let cluster = grouping.clusterOf[item]
      after[cluster, default: []].formUnion(successors.map { grouping.clusterOf[$0] })
    }
    for cluster in clusters {
      after[cluster]?.remove(cluster)
      for next in after[cluster] ?? [] { waiting[next, default: 0] += 1 }
    }
    let heights = DispatchSchedule.heights(clusters, after, waiting)
    let depth = heights.values.max() ?? 0
    var ready = clusters.filter { waiting[$0, default: 0] == 0 }
    var done = 0
    while !ready.isEmpty {
      let left = depth - levels.count
      let slack = { (cluster: Int) in left - (heights[cluster] ?? 0) }
      var groups: [Kind: [Int]] = [:]
      for cluster in ready { groups[kind(of: cluster), default: []].append(cluster) }
      var now: [[Int]] = (groups[.alone] ?? []).sorted().map { [$0] }
      for shared in [Kind.light, .smallMatMul] {
        guard let group = groups[shared]?.sorted() else { continue }
        let mustRun = group.filter { slack($0) <= 0 || !mayWait($0) }
        // Large work is not delayed, and delays nothing else.
        let running = mustRun.isEmpty ? [] : group.filter { slack($0) <= 0 || !waitsForMemory($0) }
        now += packed(running)
      }
      // Everything has slack: run the first of it, so that the loop terminates.
      if now.isEmpty { now = packed(Array(ready.sorted().prefix(1))) }
      levels.append(now)
      let ran = Set(now.joined())
      done += ran.count
      ready.removeAll(where: ran.contains)
      for cluster in ran {
        for next in after[cluster] ?? [] {
          waiting[next, default: 0] -= 1
          if waiting[next] == 0 { ready.append(next) }
        }
      }
    }
    precondition(done == clusters.count, "the dispatches wait for one another in a circle")
  }

  /// The length of the longest dependency path from each cluster on.
  private static func heights(
    _ clusters: [Int], _ after: [Int: Set<Int>], _ waiting: [Int: Int]
  ) -> [Int: Int] {
    var waiting = waiting
    var order: [Int] = clusters.filter { waiting[$0, default: 0] == 0 }
    var next = 0
    while next < order.count {
      for successor in after[order[next]] ?? [] {
        waiting[successor, default: 0] -= 1
        if waiting[successor] == 0 { order.append(successor) }
      }
      next += 1
    }
    var heights: [Int: Int] = [:]
    for cluster in order.reversed() {
      heights[cluster] = 1 + ((after[cluster] ?? []).map { heights[$0] ?? 0 }.max() ?? 0)
    }
    return heights
  }

  private func kind(of cluster: Int) -> Kind {
    guard let members = grouping.clusters[cluster] else { return .alone }
    let first = work.items[members.items[0]]
    if first.isAlone { return .alone }
    if case .matmul = first.kernel {
      return first.flops <= policy.smallFlops ? .smallMatMul : .alone
    }
    guard members.items.allSatisfy({ work.items[$0].kernel.isGenerated }) else { return .alone }
    let (read, made) = bytes(cluster)
    return members.space.isReduced || read + made <= policy.mostSharedByteCount ? .light : .alone
  }

  /// The bytes of the arena that a cluster reads, and those that it makes for other readers.
  private func bytes(_ cluster: Int) -> (read: Int, made: Int) {
    let items = grouping.clusters[cluster]?.items ?? []
    let made = Set(items.flatMap { work.items[$0].outputs })
    let read = Set(items.flatMap { work.items[$0].inputs }).subtracting(made)
    let size = { (values: Set<Program.ValueID>) in
      values.reduce(0) { sum, value in
        if case .arena = work.values[value].storage { sum + work.values[value].type.byteCount } else { sum }
      }
    }
    // The others stay in registers.
    let leaving = made.filter { value in
      work.outputs.contains(value) || readers[value, default: []].contains { $0 != cluster }
    }
    return (size(read), size(leaving))
  }

  /// True if delaying does not cost memory: it reads little, or makes more than it reads.
  private func mayWait(_ cluster: Int) -> Bool {
    let (read, made) = bytes(cluster)
    return read <= policy.smallByteCount || made > read
  }

  /// True if delaying saves memory: it makes much, and more than it reads.
  private func waitsForMemory(_ cluster: Int) -> Bool {
    let (read, made) = bytes(cluster)
    return made > policy.smallByteCount && made > read
  }

  /// Clusters of one level, packed into dispatches within the buffer limit.
  private func packed(_ clusters: [Int]) -> [[Int]] {
    var dispatches: [[Int]] = []
    for cluster in clusters {
      if let last = dispatches.last, storages(last + [cluster]).count <= policy.maximumBuffers {
        dispatches[dispatches.count - 1].append(cluster)
      } else {
        dispatches.append([cluster])
      }
    }
    return dispatches
  }

  private enum Place: Hashable {
    case value(Program.ValueID)
    case outside(Program.Storage)
  }

  private func storages(_ clusters: [Int]) -> Set<Place> {
    let values = clusters.flatMap { grouping.clusters[$0]?.items ?? [] }
      .flatMap { work.items[$0].inputs + work.items[$0].outputs }
    return Set(
      values.map { value in
        if case .arena = work.values[value].storage {
          .value(value)
        } else {
          .outside(work.values[value].storage)
        }
      })
  }
}

extension Kernel {
  /// True if backends generate its code, so that it can share a dispatch with other generated kernels.
  var isGenerated: Bool {
    switch self {
    case .pointwise, .gather, .gatherShuffled, .uniform, .pooling: true
    case .reduction(let kernel): kernel.kind == .sum && kernel.reduced > 1
    case .softmaxCrossEntropy(let rows, let classes), .softmaxCrossEntropyGradient(let rows, let classes):
      rows > 1 && classes > 1
    case .matmul, .convolution, .attention, .scan, .depthParts, .argmaxOfParts, .scatterAdd, .shuffledBatch,
      .fused:
      false
    }
  }
}

extension Kernel {
  /// The product of a split-K kernel; otherwise the kernel itself.
  package var product: Kernel { if case .depthParts(let kernel, _) = self { kernel } else { self } }
}
