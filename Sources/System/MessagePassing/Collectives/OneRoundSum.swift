/// The sum of a small bucket in one round: everybody sends all partial sums to everybody, and each adds all.
///
/// More bytes and more additions than reduce-scatter and all-gather, but half the waiting, which is what small buckets cost.
final class OneRoundSum<Element: SumElement>: Stages {
  private let sums: PartialSums
  private let exchanges: [Exchange]
  private let partials: [UnsafePointer<Element>]
  private let count: Int
  private let result: UnsafeMutablePointer<Element>
  private let scratch: Scratch
  private(set) var isDone = false

  init(
    _ own: [UnsafePointer<Element>], count: Int, into result: UnsafeMutablePointer<Element>,
    _ sums: PartialSums,
    tag: Int, _ link: Link, _ pool: ScratchPool
  ) {
    let scratch = pool.take(byteCount: sums.count * count * MemoryLayout<Element>.size)
    let arriving = scratch.numbers(Element.self)
    (self.sums, self.count, self.result, self.scratch) = (sums, count, result, scratch)
    let ofOwn = sums.ofRank[link.rank]
    partials = (0..<sums.count).map {
      ofOwn.contains($0) ? own[$0 - ofOwn.lowerBound] : UnsafePointer(arriving + $0 * count)
    }
    exchanges = link.others.flatMap { peer in
      let indices = sums.ofRank[peer]
      return [
        Exchange(peer, count: count == 0 ? 0 : own.count) { index throws(MessagePassingError) in
          try link.send(
            UnsafeRawBufferPointer(UnsafeBufferPointer(start: own[index], count: count)), to: peer, tag: tag)
        },
        Exchange(peer, count: count == 0 ? 0 : indices.count) { index throws(MessagePassingError) in
          try link.receive(
            UnsafeMutableRawBufferPointer(
              UnsafeMutableBufferPointer(
                start: arriving + (indices.lowerBound + index) * count, count: count)),
            from: peer, tag: tag)
        },
      ]
    }
  }

  var awaited: [Int] { exchanges.filter { !$0.isDone }.map(\.peer) }

  func step() throws(MessagePassingError) -> Bool {
    var moved = false
    for exchange in exchanges where try exchange.step() { moved = true }
    // Also what is sent has to be gone, because the result may take its place.
    if !isDone, exchanges.allSatisfy(\.isDone) {
      sums.add(partials, count: count, into: result)
      (isDone, moved) = (true, true)
    }
    return moved
  }
}
