/// Each rank gets the sum of its slice: all others send it their partial sums of that slice, and it adds them in the tree's order.
///
/// Piece by piece: while one is added, the next arrives, and the memory for what arrives does not grow with the bucket.
final class ReduceScatter<Element: SumElement>: Stages {
  private let sums: PartialSums
  private let sends: [Exchange]
  private let receives: [Exchange]
  private let pieces: Pieces
  private let own: [UnsafePointer<Element>]
  private let rank: Int
  private let result: UnsafeMutablePointer<Element>
  private let scratch: Scratch
  private var added = 0

  /// Numbers of one message at most.
  private static var longest: Int { Request.longest / MemoryLayout<Element>.size }

  /// - Parameters:
  ///   - partials: this rank's partial sums, of `slices.count` numbers each.
  ///   - result: as long; the rank's slice is written. May be one of the partial sums.
  init(
    _ partials: [UnsafePointer<Element>], slices: Slices, into result: UnsafeMutablePointer<Element>,
    _ sums: PartialSums, tag: Int, _ link: Link, _ pool: ScratchPool
  ) {
    (self.sums, own, rank, self.result) = (sums, partials, link.rank, result)
    let pieces = Pieces(slices[link.rank], length: Self.longest)
    let foreign = sums.count - partials.count
    let length = min(Self.longest, slices[link.rank].count)
    // A place for each message under way.
    let scratch = pool.take(byteCount: Exchange.window * foreign * length * MemoryLayout<Element>.size)
    (self.pieces, self.scratch) = (pieces, scratch)

    sends = link.others.map { peer in
      let pieces = Pieces(slices[peer], length: Self.longest)
      return Exchange(peer, count: pieces.count * partials.count) { index throws(MessagePassingError) in
        let piece = pieces[index / partials.count]
        let numbers = UnsafeBufferPointer(
          start: partials[index % partials.count] + piece.lowerBound, count: piece.count)
        return try link.send(UnsafeRawBufferPointer(numbers), to: peer, tag: tag)
      }
    }
    receives = link.others.map { peer in
      let indices = sums.ofRank[peer]
      return Exchange(peer, count: pieces.count * indices.count) { index throws(MessagePassingError) in
        let piece = index / indices.count
        let numbers = UnsafeMutableBufferPointer(
          start: Self.place(
            indices.lowerBound + index % indices.count, piece, scratch, sums, rank: link.rank,
            length: length),
          count: pieces[piece].count)
        return try link.receive(UnsafeMutableRawBufferPointer(numbers), from: peer, tag: tag)
      }
    }
  }

  /// Where another rank's partial sum arrives: pieces take turns in as many places as may be under way.
  private static func place(
    _ partial: Int, _ piece: Int, _ scratch: Scratch, _ sums: PartialSums, rank: Int, length: Int
  ) -> UnsafeMutablePointer<Element> {
    let foreign = sums.count - sums.ofRank[rank].count
    let index = partial < sums.ofRank[rank].lowerBound ? partial : partial - sums.ofRank[rank].count
    return scratch.numbers() + ((piece % Exchange.window) * foreign + index) * length
  }

  var isDone: Bool { added == pieces.count && sends.allSatisfy(\.isDone) }

  var awaited: [Int] { (receives + sends).filter { !$0.isDone }.map(\.peer) }

  func step() throws(MessagePassingError) -> Bool {
    var moved = false
    for exchange in sends where try exchange.step() { moved = true }
    for exchange in receives {
      // A piece's place is free when the piece before in it has been added.
      let limit = (added + Exchange.window) * sums.ofRank[exchange.peer].count
      if try exchange.step(limit: limit) { moved = true }
    }
    while added < pieces.count,
      receives.allSatisfy({ $0.done >= (added + 1) * sums.ofRank[$0.peer].count })
    {
      add(added)
      added += 1
      moved = true
    }
    return moved
  }

  private func add(_ index: Int) {
    let piece = pieces[index]
    let length = min(Self.longest, pieces.total)
    let partials = (0..<sums.count).map { partial -> UnsafePointer<Element> in
      let ofOwn = sums.ofRank[rank]
      return ofOwn.contains(partial)
        ? own[partial - ofOwn.lowerBound] + piece.lowerBound
        : UnsafePointer(Self.place(partial, index, scratch, sums, rank: rank, length: length))
    }
    sums.add(partials, count: piece.count, into: result + piece.lowerBound)
  }
}
