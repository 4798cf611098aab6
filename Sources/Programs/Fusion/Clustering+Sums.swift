import Tensors

extension Clustering {
  /// Lets products that overwrite a state add up what sums need of it, such as the squares of weights: it is in the cache then, and
  /// need not be fetched twice.
  mutating func takeSumsAlong() {
    for sums in clusters.indices {
      guard let length = elementsPerSum(of: sums) else { continue }
      let product = clusters.indices.first { overwritesWhatIsSummed($0, sums, length) && canMerge($0, sums) }
      guard let product, let domain = clusters[product]?.domain else { continue }
      merge(sums, into: product, domain: domain)
    }
  }

  /// How many elements each sum of a cluster adds up that consists of nothing but sums of neighbours and what they add up, element by
  /// element in memory's order; nil for any other.
  private func elementsPerSum(of number: Int) -> Int? {
    guard let cluster = clusters[number], !cluster.isContraction, cluster.domain.axes.count == 2,
      cluster.domain.axes[1].isReduced, cluster.items.contains(where: { work.items[$0].kernel.isSum })
    else { return nil }
    let made = Set(cluster.items.flatMap { work.items[$0].outputs })
    for index in cluster.items {
      let item = work.items[index]
      switch item.kernel {
      case .reduction(let sum) where sum.kind == .sum && sum.inner == 1 && item.isOriginal: continue
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

  /// Whether a cluster is a matrix product, computed by rows of which sums take whole ones, that overwrites a state they are of.
  private func overwritesWhatIsSummed(_ product: Int, _ sums: Int, _ length: Int) -> Bool {
    guard let cluster = clusters[product], let added = clusters[sums], cluster.isContraction,
      case .matmul(let kernel) = work.items[cluster.items[0]].kernel,
      kernel.m * kernel.n == added.domain.count, kernel.isByRows, length.isMultiple(of: kernel.n)
    else { return false }
    func states(_ values: [Program.ValueID]) -> Set<Program.Storage> {
      Set(
        values.map { work.values[$0].storage }.filter { if case .state = $0 { true } else { false } })
    }
    let written = states(cluster.items.flatMap { work.items[$0].outputs })
    return !written.isDisjoint(with: states(added.items.flatMap { work.items[$0].inputs }))
  }
}
