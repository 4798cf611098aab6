/// The order in which the micro-batches of a global batch are added, whoever computes them: a balanced binary tree.
///
/// Micro-batches are the leaves 0..<M; a node is a range of leaves, and its halves lo..<mid and mid..<hi, mid = lo + (hi − lo) / 2,
/// are added. Float sums depend on their order, so a fixed tree gives the same bits for any number of ranks: each owns consecutive
/// leaves, adds up what it owns of the tree, and the rest is added where the ranks' parts meet. With N ranks, a power of two that
/// divides M, each owns one node.
package struct SumTree: Hashable, Sendable {
  /// M, micro-batches of all ranks together.
  package let leafCount: Int

  /// N.
  package let rankCount: Int

  /// - Parameter leafCount: at least the number of ranks, so that each has something to do.
  package init(leafCount: Int, rankCount: Int) {
    precondition(
      rankCount > 0 && leafCount >= rankCount,
      "\(leafCount) micro-batches cannot be shared out to \(rankCount) ranks; each needs one")
    (self.leafCount, self.rankCount) = (leafCount, rankCount)
  }

  /// The leaves that a rank owns: r M / N ..< (r + 1) M / N.
  package func leaves(of rank: Int) -> Range<Int> {
    rank * leafCount / rankCount..<(rank + 1) * leafCount / rankCount
  }

  /// The greatest nodes that a rank owns whole, from left to right: of each it hands over the sum.
  package func subtrees(of rank: Int) -> [Range<Int>] {
    let owned = leaves(of: rank)
    func cover(_ node: Range<Int>) -> [Range<Int>] {
      if node.lowerBound >= owned.lowerBound, node.upperBound <= owned.upperBound { return [node] }
      guard node.overlaps(owned) else { return [] }
      let middle = Self.middle(node)
      return cover(node.lowerBound..<middle) + cover(middle..<node.upperBound)
    }
    return cover(0..<leafCount)
  }

  /// How many sums are complete once a leaf is there, for a rank that computes its leaves in order and keeps sums on a stack.
  ///
  /// After leaf `i` push its value, then that many times replace the top two, a below b, by a + b. After the last leaf the stack
  /// holds the sums of `subtrees(of:)`.
  package func additions(afterLeaf leaf: Int, of rank: Int) -> Int {
    var count = 0
    for var node in subtrees(of: rank) where node.contains(leaf) {
      // Nodes on the way down to the leaf; those that end with it are complete.
      while node.count > 1 {
        if node.upperBound == leaf + 1 { count += 1 }
        let middle = Self.middle(node)
        node = leaf < middle ? node.lowerBound..<middle : middle..<node.upperBound
      }
    }
    return count
  }

  static func middle(_ node: Range<Int>) -> Int { node.lowerBound + node.count / 2 }
}
