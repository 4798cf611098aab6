import Tensors

extension Clustering {
  /// True if a reduction of the same elements over other axes may be fused as a secondary reduction.
  func mayFoldAside(_ cluster: Cluster, _ domain: Domain) -> Bool {
    !cluster.isContraction && cluster.domain.isReduced && cluster.domain != domain
      && cluster.domain.count == domain.count && policy.fusesSecondarySums(domain)
  }

  /// Fuses sums over a cluster's contiguous inputs into the cluster, as secondary reductions.
  mutating func takeSumsOfInputsAlong() {
    for sums in clusters.indices {
      guard let cluster = clusters[sums], cluster.items.count == 1, let index = cluster.items.first,
        work.items[index].kernel.isSum, !work.items[index].isAlone, let domain = work.items[index].domain
      else { continue }
      let target = clusters.indices.first { target in
        guard let other = clusters[target], target != sums, mayFoldAside(other, domain) else { return false }
        return readsInOrder(other, work.items[index].inputs[0]) && canMerge(target, sums)
      }
      guard let target, let own = clusters[target]?.domain else { continue }
      merge(sums, into: target, domain: own)
      setExtent(index, .aside(domain))
    }
  }

  private func readsInOrder(_ cluster: Cluster, _ value: Program.ValueID) -> Bool {
    cluster.items.contains { index in
      guard case .pointwise(let kernel) = work.items[index].kernel, kernel.count == cluster.domain.count
      else {
        return false
      }
      return zip(kernel.inputs, work.items[index].inputs).contains {
        $1 == value && $0.isContiguous && $0.offset == 0
      }
    }
  }

  /// Fuses a reduction over an updated state (say the squared norm of weights) into the product that writes
  /// it, while the data is in cache.
  mutating func takeSumsAlong() {
    for sums in clusters.indices {
      guard let length = elementsPerSum(of: sums) else { continue }
      let product = clusters.indices.first { overwritesWhatIsSummed($0, sums, length) && canMerge($0, sums) }
      guard let product, let domain = clusters[product]?.domain else { continue }
      merge(sums, into: product, domain: domain)
    }
  }

  /// The number of elements per sum of a cluster that consists only of sums along the innermost axis and of
  /// pointwise operations on contiguous inputs; nil for any other cluster.
  private func elementsPerSum(of number: Int) -> Int? {
    guard let cluster = clusters[number], !cluster.isContraction, cluster.domain.axes.count == 2,
      cluster.domain.axes[1].isReduced, cluster.items.contains(where: { work.items[$0].kernel.isSum })
    else { return nil }
    let made = Set(cluster.items.flatMap { work.items[$0].outputs })
    for index in cluster.items {
      let item = work.items[index]
      switch item.kernel {
      case .reduction(let sum)
      where sum.kind == .sum && sum.inner == 1 && item.isOriginal && extentOf[item.outputs[0]] == .kept:
        continue
      case .pointwise(let kernel):
        let isInPlace = kernel.inputs.enumerated().allSatisfy { place, input in
          made.contains(item.inputs[place]) || (input.isContiguous && input.offset == 0) || input.isUniform
        }
        guard kernel.count == cluster.domain.count, isInPlace else { return nil }
      default: return nil
      }
    }
    return cluster.domain.axes[1].extent
  }

  /// True if a cluster is a matrix product that completes whole rows and overwrites a state that the sums read.
  private func overwritesWhatIsSummed(_ product: Int, _ sums: Int, _ length: Int) -> Bool {
    guard let cluster = clusters[product], let added = clusters[sums], cluster.isContraction,
      case .matmul(let kernel) = work.items[cluster.items[0]].kernel,
      kernel.m * kernel.n == added.domain.count, policy.completesRows(kernel), length.isMultiple(of: kernel.n)
    else { return false }
    func states(_ values: [Program.ValueID]) -> Set<Program.Storage> {
      Set(
        values.map { work.values[$0].storage }.filter { if case .state = $0 { true } else { false } })
    }
    let written = states(cluster.items.flatMap { work.items[$0].outputs })
    return !written.isDisjoint(with: states(added.items.flatMap { work.items[$0].inputs }))
  }
}
