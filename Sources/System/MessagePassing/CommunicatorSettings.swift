/// How long ranks wait for one another, and what is said when one is lost.
package struct CommunicatorSettings: Sendable {
  /// The time that a rank waits without any message arriving, until the collective counts as stalled; also that of the start and
  /// the end of MPI.
  ///
  /// Time without progress, not of a whole collective, because a large bucket on a slow network is no fault. Time that the caller
  /// computes between polls does not count. A minute is longer than what a healthy rank lags behind by.
  package var deadline: Duration = .seconds(60)

  /// The interval of heartbeats between each rank and rank 0.
  package var heartbeat: Duration = .seconds(1)

  /// The time without heartbeats after which a rank counts as lost.
  ///
  /// Ten beats: a machine that swaps or whose cores are taken by others delays a thread by a second, not by ten.
  package var silence: Duration = .seconds(10)

  /// The time between the news of a failure and the end of this process, for callers that have to clean up.
  ///
  /// Open MPI's mpirun itself kills what is left a second after a rank has died by a signal.
  package var grace: Duration = .seconds(1)

  /// The end of the sentence about a lost rank: what to do.
  package var advice = "start all ranks again"

  /// The program's name, before printed messages.
  package var program = "lemnos"

  /// The bytes that a rank may send so that a bucket is summed in one round instead of two; the same on all ranks.
  ///
  /// One round sends (N − 1) n bytes where two send 2 (N − 1) n / N, but waits once instead of twice. In shared memory both took the
  /// same time at 128 KiB on 3 ranks and 180 KiB on 4, and one round half the time of two at 16 KiB.
  package var oneRoundLimit = 1 << 18

  package init() {}
}
