import CMPI

/// A message under way, of any length: poll `advance()` until it is true.
///
/// Its memory must stay in place until then.
package final class Request {
  /// Bytes of one MPI message at most.
  ///
  /// MPI counts in Int32, which would be 2 GiB; a megabyte is long enough that what a message costs besides (a handshake of some
  /// microseconds) is lost in its transfer, and so short that what arrived is still in the second-level cache when it is added. Sums of 32 MB on two to
  /// four ranks in shared memory took about the same time with 256 KiB to 4 MiB, and a fifth more with 64 KiB.
  static let longest = 1 << 20

  private let library: MPILibrary
  private var parts: [(handle: lemnos_mpi_handle, byteCount: Int)]
  /// Parts that are done.
  private(set) var doneCount = 0
  private let isReceive: Bool

  /// The rank at the other end.
  package let peer: Int

  init(sending bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int, _ library: MPILibrary)
    throws(MessagePassingError)
  {
    (self.library, peer, isReceive, parts) = (library, rank, false, [])
    for part in Self.cut(bytes.count) {
      parts.append(
        (
          try library.startSend(UnsafeRawBufferPointer(rebasing: bytes[part]), to: rank, tag: tag),
          part.count
        ))
    }
  }

  init(receiving bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int, _ library: MPILibrary)
    throws(MessagePassingError)
  {
    (self.library, peer, isReceive, parts) = (library, rank, true, [])
    for part in Self.cut(bytes.count) {
      parts.append(
        (
          try library.startReceive(
            UnsafeMutableRawBufferPointer(rebasing: bytes[part]), from: rank, tag: tag),
          part.count
        ))
    }
  }

  /// An empty message is a message too.
  private static func cut(_ count: Int) -> [Range<Int>] {
    count == 0
      ? [0..<0] : stride(from: 0, to: count, by: longest).map { $0..<min($0 + longest, count) }
  }

  package var isDone: Bool { doneCount == parts.count }

  /// Lets MPI go on, and returns true when the message has come, or its memory may be used again.
  ///
  /// - Throws: if MPI does, or if the message has another length than the one that was expected.
  package func advance() throws(MessagePassingError) -> Bool {
    while doneCount < parts.count {
      guard let count = try library.test(&parts[doneCount].handle) else { return false }
      let expected = parts[doneCount].byteCount
      guard !isReceive || count == expected else {
        throw MessagePassingError(
          .failed,
          "A message of rank \(peer) has \(count) bytes where \(expected) were expected; all ranks have to call the same "
            + "collectives with the same sizes in the same order")
      }
      doneCount += 1
    }
    return true
  }

  /// Gives up on a message that is to be received and has not come.
  package func cancel() throws(MessagePassingError) {
    guard isReceive else { return }
    while doneCount < parts.count {
      try library.cancel(&parts[doneCount].handle)
      doneCount += 1
    }
  }
}
