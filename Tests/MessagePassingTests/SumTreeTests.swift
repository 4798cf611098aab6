import MessagePassing
import Testing

@Suite("The tree of micro-batches")
struct SumTreeTests {
  @Test(
    "is shared out in consecutive leaves, of which each rank hands over the greatest nodes", arguments: 1...17
  )
  func subtrees(ranks: Int) {
    for leaves in ranks...40 {
      let tree = SumTree(leafCount: leaves, rankCount: ranks)
      let owned = (0..<ranks).map { tree.leaves(of: $0) }
      #expect(owned.flatMap { Array($0) } == Array(0..<leaves))
      for rank in 0..<ranks {
        #expect(tree.subtrees(of: rank).flatMap { Array($0) } == Array(owned[rank]))
        // No two of them are the halves of a node.
        for (left, right) in zip(tree.subtrees(of: rank), tree.subtrees(of: rank).dropFirst()) {
          #expect(!isNode(left.lowerBound..<right.upperBound, of: leaves))
        }
      }
    }
  }

  private func isNode(_ range: Range<Int>, of leaves: Int) -> Bool {
    var node = 0..<leaves
    while node.count > range.count {
      let middle = node.lowerBound + node.count / 2
      node = range.lowerBound < middle ? node.lowerBound..<middle : middle..<node.upperBound
    }
    return node == range
  }

  @Test("needs one partial sum of each rank where their number is a power of two that divides the leaves")
  func powers() {
    for (leaves, ranks) in [(8, 1), (8, 2), (8, 4), (8, 8), (24, 4), (96, 8)] {
      let tree = SumTree(leafCount: leaves, rankCount: ranks)
      for rank in 0..<ranks { #expect(tree.subtrees(of: rank) == [tree.leaves(of: rank)]) }
    }
    #expect(SumTree(leafCount: 6, rankCount: 3).subtrees(of: 1) == [2..<3, 3..<4])
  }

  @Test("tells a rank when to add, so that its stack ends up with those nodes", arguments: 1...9)
  func additions(ranks: Int) {
    for leaves in ranks...33 {
      let tree = SumTree(leafCount: leaves, rankCount: ranks)
      for rank in 0..<ranks {
        var stack: [Range<Int>] = []
        for leaf in tree.leaves(of: rank) {
          stack.append(leaf..<leaf + 1)
          for _ in 0..<tree.additions(afterLeaf: leaf, of: rank) {
            let right = stack.removeLast()
            let left = stack.removeLast()
            #expect(
              left.upperBound == right.lowerBound && isNode(left.lowerBound..<right.upperBound, of: leaves))
            stack.append(left.lowerBound..<right.upperBound)
          }
        }
        #expect(stack == tree.subtrees(of: rank))
      }
    }
  }

  @Test("cuts buckets into slices of whole cache lines that cover them", arguments: 1...9)
  func slices(ranks: Int) {
    for count in [0, 1, 15, 16, 17, 100, 1000, 12_345] {
      let slices = Slices(count: count, rankCount: ranks)
      #expect((0..<ranks).flatMap { Array(slices[$0]) } == Array(0..<count))
      for rank in 0..<ranks where !slices[rank].isEmpty {
        #expect(slices[rank].lowerBound.isMultiple(of: 16))
      }
    }
  }
}
