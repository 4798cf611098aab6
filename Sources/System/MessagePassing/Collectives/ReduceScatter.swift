/// Each rank gets the sum of its slice: all others send it their partial sums of that slice, and it adds them in the tree's order.
///
/// Piece by piece: while one is added, the next arrives, and the memory for what arrives does not grow with the bucket.
final class ReduceScatter: Stages {
  private let sums: PartialSums
  private let sends: [Exchange]
  private let receives: [Exchange]
  private let pieces: Pieces
  private let own: [UnsafePointer<Float>]
  private let rank: Int
  private let result: UnsafeMutablePointer<Float>
  private let scratch: Scratch
  private var added = 0

  /// - Parameters:
  ///   - partials: this rank's partial sums, of `slices.count` floats each.
  ///   - result: as long; the rank's slice is written. May be one of the partial sums.
  init(
    _ partials: [UnsafePointer<Float>], slices: Slices, into result: UnsafeMutablePointer<Float>,
    _ sums: PartialSums, tag: Int, _ link: Link, _ pool: ScratchPool
  ) {
    (self.sums, own, rank, self.result) = (sums, partials, link.rank, result)
    let pieces = Pieces(slices[link.rank], length: Request.longest / 4)
    let foreign = sums.count - partials.count
    let length = min(Request.longest / 4, slices[link.rank].count)
    // A place for each message under way.
    let scratch = pool.take(floats: Exchange.window * foreign * length)
    (self.pieces, self.scratch) = (pieces, scratch)

    sends = link.others.map { peer in
      let pieces = Pieces(slices[peer], length: Request.longest / 4)
      return Exchange(peer, count: pieces.count * partials.count) { index throws(MessagePassingError) in
        let piece = pieces[index / partials.count]
        let floats = UnsafeBufferPointer(
          start: partials[index % partials.count] + piece.lowerBound, count: piece.count)
        return try link.send(UnsafeRawBufferPointer(floats), to: peer, tag: tag)
      }
    }
    receives = link.others.map { peer in
      let indices = sums.ofRank[peer]
      return Exchange(peer, count: pieces.count * indices.count) { index throws(MessagePassingError) in
        let piece = index / indices.count
        let floats = UnsafeMutableBufferPointer(
          start: Self.place(
            indices.lowerBound + index % indices.count, piece, scratch, sums, rank: link.rank,
            length: length),
          count: pieces[piece].count)
        return try link.receive(UnsafeMutableRawBufferPointer(floats), from: peer, tag: tag)
      }
    }
  }

  /// Where another rank's partial sum arrives: pieces take turns in as many places as may be under way.
  private static func place(
    _ partial: Int, _ piece: Int, _ scratch: Scratch, _ sums: PartialSums, rank: Int, length: Int
  ) -> UnsafeMutablePointer<Float> {
    let foreign = sums.count - sums.ofRank[rank].count
    let index = partial < sums.ofRank[rank].lowerBound ? partial : partial - sums.ofRank[rank].count
    return scratch.floats + ((piece % Exchange.window) * foreign + index) * length
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
    let length = min(Request.longest / 4, pieces.total)
    let partials = (0..<sums.count).map { partial -> UnsafePointer<Float> in
      let ofOwn = sums.ofRank[rank]
      return ofOwn.contains(partial)
        ? own[partial - ofOwn.lowerBound] + piece.lowerBound
        : UnsafePointer(Self.place(partial, index, scratch, sums, rank: rank, length: length))
    }
    sums.add(partials, count: piece.count, into: result + piece.lowerBound)
  }
}
