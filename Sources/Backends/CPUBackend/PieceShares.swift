import Synchronization

/// The pieces of a kernel that are not taken yet, in a share for each thread.
///
/// A thread takes pieces from the front of its own share, so that on an idle machine it computes the same part
/// of every kernel, which its cache may still hold. When that is empty it takes from the back of the largest
/// share left: then no piece waits for a thread that is slow, or that has not begun.
///
/// It knows nothing of threads or clocks, so that a simulated machine runs the same code.
final class PieceShares: @unchecked Sendable {
  /// Per thread, a cache line apart: the round (32 bits), the first piece, and the end (16 bits each).
  ///
  /// The round is part of it because a thread that comes late must not take pieces of a later kernel as those
  /// of an earlier one.
  private let words: UnsafeMutablePointer<Atomic<UInt64>>

  /// The least number of pieces that a thread takes of its own share, and of another's, in this round.
  private let least = Atomic(1)
  private let leastOfOthers = Atomic(1)

  /// The number of shares.
  let count: Int

  /// 128 bytes: processors fetch pairs of cache lines.
  private static let stride = 16

  init(threads: Int) {
    count = threads
    words = .allocate(capacity: threads * PieceShares.stride)
    for word in 0..<threads * PieceShares.stride { (words + word).initialize(to: Atomic(0)) }
  }

  deinit {
    words.deinitialize(count: count * PieceShares.stride)
    words.deallocate()
  }

  /// Begins a round, with as many pieces for each thread.
  ///
  /// - Parameters:
  ///   - pieces: fewer than 2¹⁶.
  ///   - threads: how many have a share; the others may take of theirs.
  ///   - grain: the least number of pieces to take at a time.
  ///   - isEven: true if threads are expected to be equally fast: each takes its share in one go, because a
  ///     kernel begins anew for every part of it, with operands to pack and to fetch. If not, a quarter of what
  ///     is left at a time, down to a sixteenth of the share.
  /// - Precondition: all pieces of the round before are taken.
  func begin(_ round: UInt32, pieces: Int, threads: Int, grain: Int, isEven: Bool) {
    let share = (pieces + threads - 1) / threads
    let part = max(grain, (share + 15) / 16)
    least.store(isEven ? share : part, ordering: .relaxed)
    leastOfOthers.store(part, ordering: .relaxed)
    for share in 0..<count {
      let (begin, end) =
        share < threads
        ? (pieces * share / threads, pieces * (share + 1) / threads) : (0, 0)
      word(share).pointee.store(PieceShares.packed(round, begin, end), ordering: .releasing)
    }
  }

  /// Takes some pieces; nil if none are left, or if the round is over.
  func take(by thread: Int, in round: UInt32) -> Range<Int>? {
    if let pieces = take(from: thread, round, atFront: true) { return pieces }
    while true {
      var (most, victim) = (0, -1)
      for share in 0..<count {
        let found = PieceShares.unpacked(word(share).pointee.load(ordering: .relaxed))
        guard found.round == round else { return nil }
        if found.pieces.count > most { (most, victim) = (found.pieces.count, share) }
      }
      guard victim >= 0 else { return nil }
      if let pieces = take(from: victim, round, atFront: false) { return pieces }
    }
  }

  /// Takes a part of what is left of a share; nil if it is empty or of another round.
  private func take(from share: Int, _ round: UInt32, atFront: Bool) -> Range<Int>? {
    let word = word(share)
    var found = word.pointee.load(ordering: .relaxed)
    while true {
      let (own, pieces) = PieceShares.unpacked(found)
      guard own == round, !pieces.isEmpty else { return nil }
      let least = atFront ? least.load(ordering: .relaxed) : leastOfOthers.load(ordering: .relaxed)
      let count = min(pieces.count, max((pieces.count + 3) / 4, least))
      let taken = atFront ? pieces.prefix(count) : pieces.suffix(count)
      let left =
        atFront
        ? PieceShares.packed(round, taken.upperBound, pieces.upperBound)
        : PieceShares.packed(round, pieces.lowerBound, taken.lowerBound)
      let (isDone, now) = word.pointee.compareExchange(
        expected: found, desired: left, successOrdering: .acquiringAndReleasing, failureOrdering: .relaxed)
      if isDone { return taken }
      found = now
    }
  }

  private func word(_ share: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    words + share * PieceShares.stride
  }

  private static func packed(_ round: UInt32, _ begin: Int, _ end: Int) -> UInt64 {
    UInt64(round) << 32 | UInt64(begin) << 16 | UInt64(end)
  }

  private static func unpacked(_ word: UInt64) -> (round: UInt32, pieces: Range<Int>) {
    let (begin, end) = (Int(word >> 16 & 0xFFFF), Int(word & 0xFFFF))
    return (UInt32(word >> 32), begin..<max(begin, end))
  }
}
