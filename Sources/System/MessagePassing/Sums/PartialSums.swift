/// What is to be added where the ranks' parts of a tree meet: the additions in order, over the partial sums of all ranks.
struct PartialSums: Sendable {
  enum Operand: Equatable {
    /// The partial sum of that index, counted over all ranks.
    case partial(Int)
    case temporary(Int)
  }

  struct Addition: Equatable {
    let left: Operand
    let right: Operand
    /// Temporary that takes the sum; the last addition's is the result.
    let target: Int
  }

  let additions: [Addition]

  /// The partial sums of each rank, as indices.
  let ofRank: [Range<Int>]

  let temporaryCount: Int

  init(_ tree: SumTree) {
    var (ofRank, count): ([Range<Int>], Int) = ([], 0)
    var indices: [Range<Int>: Int] = [:]
    for rank in 0..<tree.rankCount {
      let subtrees = tree.subtrees(of: rank)
      for (index, node) in subtrees.enumerated() { indices[node] = count + index }
      ofRank.append(count..<count + subtrees.count)
      count += subtrees.count
    }
    var (additions, temporaryCount): ([Addition], Int) = ([], 0)
    /// The value of a node, in temporaries from `free` on.
    func value(of node: Range<Int>, free: Int) -> Operand {
      if let index = indices[node] { return .partial(index) }
      let middle = SumTree.middle(node)
      let left = value(of: node.lowerBound..<middle, free: free)
      let right = value(of: middle..<node.upperBound, free: left == .temporary(free) ? free + 1 : free)
      additions.append(Addition(left: left, right: right, target: free))
      temporaryCount = max(temporaryCount, free + 1)
      return .temporary(free)
    }
    _ = value(of: 0..<tree.leafCount, free: 0)
    (self.additions, self.ofRank, self.temporaryCount) = (additions, ofRank, temporaryCount)
  }

  var count: Int { ofRank.last?.upperBound ?? 0 }

  /// Bytes of each number's row that are added at a time: temporaries of 16 KiB stay in the first-level cache, so that each partial
  /// sum is read, and the result written, once.
  private static let block = 16_384

  /// Adds up a stretch of all partial sums.
  ///
  /// - Parameters:
  ///   - partials: the addresses of `count` numbers each.
  ///   - result: may be one of them.
  func add<Element: SumElement>(
    _ partials: [UnsafePointer<Element>], count: Int, into result: UnsafeMutablePointer<Element>
  ) {
    guard let last = additions.last else {
      // One rank owns the whole tree.
      if let only = partials.first, only != UnsafePointer(result) { result.update(from: only, count: count) }
      return
    }
    let block = Self.block / MemoryLayout<Element>.size
    withUnsafeTemporaryAllocation(of: Element.self, capacity: temporaryCount * block) { temporaries in
      guard let base = temporaries.baseAddress else { return }
      for start in stride(from: 0, to: count, by: block) {
        let length = min(block, count - start)
        func address(_ operand: Operand) -> UnsafePointer<Element> {
          switch operand {
          case .partial(let index): partials[index] + start
          case .temporary(let index): UnsafePointer(base + index * block)
          }
        }
        for addition in additions.dropLast() {
          Element.add(
            address(addition.left), address(addition.right), into: base + addition.target * block, length)
        }
        Element.add(address(last.left), address(last.right), into: result + start, length)
      }
    }
  }
}
