/// Each rank gets its slice from one that has all.
final class Scatter: Stages {
  private let exchanges: [Exchange]

  init(
    _ bytes: UnsafeMutableRawBufferPointer, slices: [Range<Int>], from root: Int, tag: Int, _ link: Link
  ) {
    let own = Pieces(slices[link.rank])
    exchanges =
      link.rank == root
      ? link.others.map { peer in
        let pieces = Pieces(slices[peer])
        return Exchange(peer, count: pieces.count) { index throws(MessagePassingError) in
          try link.send(UnsafeRawBufferPointer(rebasing: bytes[pieces[index]]), to: peer, tag: tag)
        }
      }
      : [
        Exchange(root, count: own.count) { index throws(MessagePassingError) in
          try link.receive(UnsafeMutableRawBufferPointer(rebasing: bytes[own[index]]), from: root, tag: tag)
        }
      ]
  }

  var isDone: Bool { exchanges.allSatisfy(\.isDone) }

  var awaited: [Int] { exchanges.filter { !$0.isDone }.map(\.peer) }

  func step() throws(MessagePassingError) -> Bool {
    var moved = false
    for exchange in exchanges where try exchange.step() { moved = true }
    return moved
  }
}
