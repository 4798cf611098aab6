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

  /// Floats that are added at a time: temporaries of 16 KiB stay in the first-level cache, so that each partial sum is read, and
  /// the result written, once.
  private static let block = 4096

  /// Adds up a stretch of all partial sums.
  ///
  /// - Parameters:
  ///   - partials: the addresses of `count` floats each.
  ///   - result: may be one of them.
  func add(
    _ partials: [UnsafePointer<Float>], count: Int, into result: UnsafeMutablePointer<Float>
  ) {
    guard let last = additions.last else {
      // One rank owns the whole tree.
      if let only = partials.first, only != UnsafePointer(result) { result.update(from: only, count: count) }
      return
    }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: temporaryCount * Self.block) { temporaries in
      guard let base = temporaries.baseAddress else { return }
      for start in stride(from: 0, to: count, by: Self.block) {
        let length = min(Self.block, count - start)
        func address(_ operand: Operand) -> UnsafePointer<Float> {
          switch operand {
          case .partial(let index): partials[index] + start
          case .temporary(let index): UnsafePointer(base + index * Self.block)
          }
        }
        for addition in additions.dropLast() {
          Self.add(
            address(addition.left), address(addition.right), into: base + addition.target * Self.block, length
          )
        }
        Self.add(address(last.left), address(last.right), into: result + start, length)
      }
    }
  }

  /// Sixteen at a time, each loaded before any is stored, so that the result may be an operand.
  private static func add(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into sum: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    let (a, b, sum) = (UnsafeRawPointer(a), UnsafeRawPointer(b), UnsafeMutableRawPointer(sum))
    var (offset, end) = (0, count / 16 * 64)
    while offset < end {
      let left = a.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self)
      let right = b.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self)
      sum.storeBytes(of: left + right, toByteOffset: offset, as: SIMD16<Float>.self)
      offset &+= 64
    }
    end = count * 4
    while offset < end {
      let left = a.loadUnaligned(fromByteOffset: offset, as: Float.self)
      sum.storeBytes(
        of: left + b.loadUnaligned(fromByteOffset: offset, as: Float.self), toByteOffset: offset,
        as: Float.self)
      offset &+= 4
    }
  }
}
