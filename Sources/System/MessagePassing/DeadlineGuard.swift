import Glibc
import Synchronization

/// Ends this process if a part of it takes too long: for the functions of MPI that wait without a deadline.
final class DeadlineGuard: Sendable {
  private let isOver = Atomic(false)

  /// - Parameters:
  ///   - sentence: printed before the end, with EX_TEMPFAIL.
  static func within<Result>(
    _ limit: Duration, program: String, _ sentence: String,
    _ body: () throws(MessagePassingError) -> Result
  ) throws(MessagePassingError) -> Result {
    let watcher = DeadlineGuard()
    PosixThread.start {
      let end = ContinuousClock.now + limit
      // It wakes seldom and outlives what it guards by one nap.
      while !watcher.isOver.load(ordering: .acquiring) {
        if ContinuousClock.now >= end {
          ProcessEnd.report(sentence, program: program, code: 75)
          ProcessEnd.now(code: 75)
        }
        usleep(100_000)
      }
    }
    defer { watcher.isOver.store(true, ordering: .releasing) }
    return try body()
  }
}
