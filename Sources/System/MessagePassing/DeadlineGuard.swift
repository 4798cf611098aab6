import Glibc
import Synchronization

/// Ends this process if a part of it takes too long: for the functions of MPI that wait without a deadline.
final class DeadlineGuard: Sendable {
  private let isOver = Atomic(false)

  /// How processes end.
  struct End {
    /// Printed before, with EX_TEMPFAIL; nil if another rank prints it: its launcher then ends this one, too.
    var sentence: String?
    /// Those that do not end by themselves, for which a launcher may wait.
    var processes: [Int32] = []
  }

  /// - Parameters:
  ///   - end: made a moment before the end, while all ranks are still there.
  static func within<Result>(
    _ limit: Duration, program: String, _ end: @escaping @Sendable () -> End,
    _ body: () throws(MessagePassingError) -> Result
  ) throws(MessagePassingError) -> Result {
    let watcher = DeadlineGuard()
    PosixThread.start {
      let last = ContinuousClock.now + limit
      // It wakes seldom and outlives what it guards by one nap.
      func isOver(before moment: ContinuousClock.Instant) -> Bool {
        while ContinuousClock.now < moment {
          if watcher.isOver.load(ordering: .acquiring) { return true }
          usleep(100_000)
        }
        return watcher.isOver.load(ordering: .acquiring)
      }
      if isOver(before: last - min(limit / 4, .seconds(1))) { return }
      let end = end()
      if isOver(before: end.sentence == nil ? last + .seconds(2) : last) { return }
      if let sentence = end.sentence { ProcessEnd.report(sentence, program: program, code: 75) }
      for process in end.processes { kill(process, SIGKILL) }
      ProcessEnd.now(code: 75)
    }
    defer { watcher.isOver.store(true, ordering: .releasing) }
    return try body()
  }
}
