/// This rank's place among the others, as collectives need it.
struct Link {
  let rank: Int
  let size: Int
  /// Nil for a process that is alone, which sends nothing.
  let library: MPILibrary?

  /// The other ranks, from the next one on: so they do not all send to the same rank at once.
  var others: [Int] { (1..<max(size, 1)).map { (rank + $0) % size } }

  func send(_ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int) throws(MessagePassingError) -> Request {
    try Request(sending: bytes, to: peer, tag: tag, opened())
  }

  func receive(_ bytes: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int) throws(MessagePassingError)
    -> Request
  {
    try Request(receiving: bytes, from: peer, tag: tag, opened())
  }

  private func opened() throws(MessagePassingError) -> MPILibrary {
    guard let library else {
      throw MessagePassingError(.failed, "A process that is alone has no rank to send to")
    }
    return library
  }
}
