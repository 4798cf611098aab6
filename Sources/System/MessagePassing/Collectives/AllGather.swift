/// All ranks get all slices: each sends its own to every other.
final class AllGather: Stages {
  private let exchanges: [Exchange]

  /// - Parameters:
  ///   - bytes: the same length on all ranks, with this rank's slice in place.
  ///   - slices: of each rank, in bytes.
  init(_ bytes: UnsafeMutableRawBufferPointer, slices: [Range<Int>], tag: Int, _ link: Link) {
    exchanges = link.others.flatMap { peer in
      let (own, other) = (Pieces(slices[link.rank]), Pieces(slices[peer]))
      return [
        Exchange(peer, count: own.count) { index throws(MessagePassingError) in
          try link.send(UnsafeRawBufferPointer(rebasing: bytes[own[index]]), to: peer, tag: tag)
        },
        Exchange(peer, count: other.count) { index throws(MessagePassingError) in
          try link.receive(
            UnsafeMutableRawBufferPointer(rebasing: bytes[other[index]]), from: peer, tag: tag)
        },
      ]
    }
  }

  var isDone: Bool { exchanges.allSatisfy(\.isDone) }

  var awaited: [Int] { exchanges.filter { !$0.isDone }.map(\.peer) }

  func step() throws(MessagePassingError) -> Bool {
    var moved = false
    for exchange in exchanges where try exchange.step() { moved = true }
    return moved
  }
}
