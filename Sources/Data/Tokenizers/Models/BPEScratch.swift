/// A word's tokens while they are merged, kept from word to word for its memory.
struct BPEScratch {
  var symbols: [Int32] = []
  private var ranks: [PairTable.Entry] = []
  private var following: [Int32] = []
  private var preceding: [Int32] = []
  private var heap = PriorityQueue<MergeCandidate>()

  /// Words of fewer symbols are searched for their next merge from end to end.
  private static let shortWord = 48

  private static let none = PairTable.Entry(rank: .max, result: -1)

  /// Merges pairs, the least rank first and of equal ones the first in the word, until none is left.
  mutating func merge(by pairs: PairTable) {
    guard symbols.count > 1 else { return }
    if symbols.count < BPEScratch.shortWord { mergeShort(by: pairs) } else { mergeLong(by: pairs) }
  }

  private mutating func mergeShort(by pairs: PairTable) {
    ranks.removeAll(keepingCapacity: true)
    for index in 1..<symbols.count {
      ranks.append(pairs[symbols[index - 1], symbols[index]] ?? BPEScratch.none)
    }
    var count = symbols.count
    // What follows a merge moves down by one: for a few symbols cheaper than links.
    symbols.withUnsafeMutableBufferPointer { symbols in
      ranks.withUnsafeMutableBufferPointer { ranks in
        while true {
          var (best, least) = (-1, Int32.max)
          for index in 0..<count - 1 where ranks[index].rank < least {
            (best, least) = (index, ranks[index].rank)
          }
          guard best >= 0 else { return }
          symbols[best] = ranks[best].result
          count -= 1
          var index = best + 1
          while index < count {
            symbols[index] = symbols[index + 1]
            ranks[index - 1] = ranks[index]
            index += 1
          }
          if best > 0 { ranks[best - 1] = pairs[symbols[best - 1], symbols[best]] ?? BPEScratch.none }
          if best < count - 1 { ranks[best] = pairs[symbols[best], symbols[best + 1]] ?? BPEScratch.none }
        }
      }
    }
    symbols.removeLast(symbols.count - count)
  }

  /// The same with links between symbols and a heap of merges: n log n instead of n².
  private mutating func mergeLong(by pairs: PairTable) {
    let count = Int32(symbols.count)
    preceding = (0..<count).map { $0 - 1 }
    following = (0..<count).map { $0 + 1 == count ? -1 : $0 + 1 }
    heap.removeAll()
    for index in 0..<count - 1 {
      if let entry = pairs[symbols[Int(index)], symbols[Int(index) + 1]] {
        heap.push(MergeCandidate(rank: entry.rank, position: index, result: entry.result))
      }
    }
    while let next = heap.pop() {
      let at = Int(next.position)
      // A candidate is out of date when one of its symbols has become part of another.
      guard symbols[at] >= 0, following[at] >= 0,
        let entry = pairs[symbols[at], symbols[Int(following[at])]], entry.rank == next.rank,
        entry.result == next.result
      else { continue }
      let gone = Int(following[at])
      symbols[at] = entry.result
      symbols[gone] = -1
      following[at] = following[gone]
      if following[at] >= 0 { preceding[Int(following[at])] = Int32(at) }
      for left in [preceding[at], Int32(at)] where left >= 0 && following[Int(left)] >= 0 {
        if let entry = pairs[symbols[Int(left)], symbols[Int(following[Int(left)])]] {
          heap.push(MergeCandidate(rank: entry.rank, position: left, result: entry.result))
        }
      }
    }
    symbols.removeAll { $0 < 0 }
  }
}

/// A merge that may be done: the least rank goes first, and of equal ones the first in the word.
private struct MergeCandidate: Prioritized {
  let rank: Int32
  let position: Int32
  let result: Int32

  func isBefore(_ other: MergeCandidate) -> Bool {
    rank != other.rank ? rank < other.rank : position < other.position
  }
}
