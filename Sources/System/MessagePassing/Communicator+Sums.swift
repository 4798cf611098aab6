extension Communicator {
  /// Starts the sum of a bucket over all micro-batches, with the same bits for any number of ranks.
  ///
  /// - Parameters:
  ///   - partials: of each of `tree.subtrees(of: rank)` the sum; `count` numbers each.
  ///   - count: numbers of the bucket; the same on all ranks.
  ///   - sum: takes `count` numbers; may be one of the partial sums. All memory stays in place until it is done.
  package func startSum<Element: SumElement>(
    _ partials: [UnsafePointer<Element>], count: Int, into sum: UnsafeMutablePointer<Element>,
    _ tree: SumTree,
    as name: ActivityName
  ) throws(MessagePassingError) -> Collective {
    let sums = partialSums(of: tree, partials)
    // The same choice on all ranks, though some hand over more partial sums than others.
    if MemoryLayout<Element>.size * count * (sums.count - 1) <= settings.oneRoundLimit {
      return try start(
        name, OneRoundSum(partials, count: count, into: sum, sums, tag: nextTag(), link, pool))
    }
    let slices = Slices(count: count, rankCount: size)
    return try start(
      name,
      StageSequence([
        ReduceScatter(partials, slices: slices, into: sum, sums, tag: nextTag(), link, pool),
        gathering(sum, slices),
      ]))
  }

  private func gathering<Element: SumElement>(
    _ values: UnsafeMutablePointer<Element>, _ slices: Slices
  ) -> AllGather {
    let width = MemoryLayout<Element>.size
    return AllGather(
      UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(start: values, count: slices.count)),
      slices: (0..<size).map { width * slices[$0].lowerBound..<width * slices[$0].upperBound },
      tag: nextTag(), link)
  }

  private func partialSums<Element>(of tree: SumTree, _ partials: [UnsafePointer<Element>]) -> PartialSums {
    let sums = PartialSums(tree)
    precondition(
      tree.rankCount == size && partials.count == sums.ofRank[rank].count,
      "rank \(rank) of \(size) hands over \(partials.count) partial sums where a tree of \(tree.rankCount) ranks has "
        + "\(tree.subtrees(of: min(rank, tree.rankCount - 1)).count)")
    return sums
  }
}
