import Tensors

extension Rewrite.Row {
  static let sumsIntoProducts = Rewrite.Row(
    pattern: "a sum of a state's elements, such as squares of weights, where a product overwrites the state",
    replacement: "the product, which adds them up in its epilogue while the state is in the cache",
    gain: """
      traffic of the three-layer convnet −8 %, of six layers with layer norm −6 %, both with an L2 penalty; the \
      convnet's time within its noise of 3 %
      """)
}

extension FusionGrouping {
  /// Fuses a reduction over an updated state (say the squared norm of weights) into the product that writes
  /// it, while the data is in cache.
  mutating func fuseSumsIntoProducts() {
    for sums in clusters.indices {
      guard let length = elementsPerSum(of: sums) else { continue }
      let product = clusters.indices.first { overwritesWhatIsSummed($0, sums, length) && canMerge($0, sums) }
      guard let product, let space = clusters[product]?.space else { continue }
      merge(sums, into: product, space: space)
      counts[.sumsIntoProducts, default: 0] += 1
    }
  }

  /// The number of elements per sum of a cluster that consists only of sums along the innermost axis and of
  /// pointwise operations on contiguous inputs; nil for any other cluster.
  private func elementsPerSum(of number: Int) -> Int? {
    guard let cluster = clusters[number], !cluster.isContraction, cluster.space.axes.count == 2,
      cluster.space.axes[1].isReduced, cluster.items.contains(where: { work.items[$0].kernel.isSum })
    else { return nil }
    let made = Set(cluster.items.flatMap { work.items[$0].outputs })
    for index in cluster.items {
      let item = work.items[index]
      switch item.kernel {
      case .reduction(let sum)
      where sum.kind == .sum && sum.inner == 1 && item.isOriginal && extentOf[item.outputs[0]] == .reduced:
        continue
      case .pointwise(let kernel):
        let isInPlace = kernel.inputs.enumerated().allSatisfy { place, input in
          made.contains(item.inputs[place]) || (input.isContiguous && input.offset == 0) || input.isUniform
        }
        guard kernel.count == cluster.space.count, isInPlace else { return nil }
      default: return nil
      }
    }
    return cluster.space.axes[1].extent
  }

  /// True if a cluster is a matrix product that completes whole rows and overwrites a state that the sums read.
  private func overwritesWhatIsSummed(_ product: Int, _ sums: Int, _ length: Int) -> Bool {
    guard let cluster = clusters[product], let added = clusters[sums], cluster.isContraction,
      case .matmul(let kernel) = work.items[cluster.items[0]].kernel,
      kernel.m * kernel.n == added.space.count, policy.completesRows(kernel), length.isMultiple(of: kernel.n)
    else { return false }
    func states(_ values: [Program.ValueID]) -> Set<Program.Storage> {
      Set(
        values.map { work.values[$0].storage }.filter { if case .state = $0 { true } else { false } })
    }
    let written = states(cluster.items.flatMap { work.items[$0].outputs })
    return !written.isDisjoint(with: states(added.items.flatMap { work.items[$0].inputs }))
  }
}
