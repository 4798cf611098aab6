import Glibc

/// How a waiting rank passes the time between polls, so that ranks which share cores do not take them from those that compute.
///
/// 1. It polls for about as long as a short message takes between two ranks on cores of their own.
/// 2. It offers its core to others between polls, for a millisecond: what a message of the greatest length takes at 1 GB/s. MPI moves
///    long messages within polls, so it should not sleep while one may be arriving; and where the core is wanted, as by the rank that
///    it waits for, that rank has it at once.
/// 3. It sleeps, twice as long each time: so a wait becomes longer by half at most, and a rank that waits for long polls once in a
///    millisecond, which takes two hundredths of a core.
struct Backoff {
  private static let polls = 32
  private static let yielding = Duration.milliseconds(1)
  private static let shortestNap = 50
  private static let longestNap = 1000

  private var count = 0
  private var start: ContinuousClock.Instant?
  private var nap = shortestNap

  /// To be called when something has arrived.
  mutating func reset() { self = Self() }

  /// To be called when nothing has.
  mutating func pause() {
    count += 1
    if count <= Self.polls { return }
    let now = ContinuousClock.now
    let began = start ?? now
    start = began
    if now - began < Self.yielding {
      sched_yield()
    } else {
      usleep(UInt32(nap))
      nap = min(2 * nap, Self.longestNap)
    }
  }
}
