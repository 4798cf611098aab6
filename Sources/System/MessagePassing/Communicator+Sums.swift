extension Communicator {
  /// Starts the sum of a bucket over all micro-batches, with the same bits for any number of ranks.
  ///
  /// - Parameters:
  ///   - partials: of each of `tree.subtrees(of: rank)` the sum; `count` floats each.
  ///   - count: floats of the bucket; the same on all ranks.
  ///   - sum: takes `count` floats; may be one of the partial sums. All memory stays in place until it is done.
  package func startSum(
    _ partials: [UnsafePointer<Float>], count: Int, into sum: UnsafeMutablePointer<Float>, _ tree: SumTree,
    as name: ActivityName
  ) throws(MessagePassingError) -> Collective {
    let sums = partialSums(of: tree, partials)
    // The same choice on all ranks, though some hand over more partial sums than others.
    if 4 * count * (sums.count - 1) <= settings.oneRoundLimit {
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

  /// Starts the first half of a sum: this rank gets its slice of it.
  ///
  /// - Parameter sum: takes `slices.count` floats, of which those of `slices[rank]` are written; may be one of the partial sums.
  package func startReduceScatter(
    _ partials: [UnsafePointer<Float>], _ slices: Slices, into sum: UnsafeMutablePointer<Float>,
    _ tree: SumTree, as name: ActivityName
  ) throws(MessagePassingError) -> Collective {
    let sums = partialSums(of: tree, partials)
    return try start(
      name, ReduceScatter(partials, slices: slices, into: sum, sums, tag: nextTag(), link, pool))
  }

  /// Starts the second half: all ranks get all slices.
  ///
  /// - Parameter values: `slices.count` floats, with this rank's slice in place.
  package func startAllGather(_ values: UnsafeMutablePointer<Float>, _ slices: Slices, as name: ActivityName)
    throws(MessagePassingError) -> Collective
  {
    try start(name, gathering(values, slices))
  }

  private func gathering(_ values: UnsafeMutablePointer<Float>, _ slices: Slices) -> AllGather {
    AllGather(
      UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(start: values, count: slices.count)),
      slices: (0..<size).map { 4 * slices[$0].lowerBound..<4 * slices[$0].upperBound }, tag: nextTag(), link)
  }

  private func partialSums(of tree: SumTree, _ partials: [UnsafePointer<Float>]) -> PartialSums {
    let sums = PartialSums(tree)
    precondition(
      tree.rankCount == size && partials.count == sums.ofRank[rank].count,
      "rank \(rank) of \(size) hands over \(partials.count) partial sums where a tree of \(tree.rankCount) ranks has "
        + "\(tree.subtrees(of: min(rank, tree.rankCount - 1)).count)")
    return sums
  }
}
