/// What a step takes on several ranks, predicted from what its parts take on one and from the network.
///
/// Buckets are summed one after another, each as soon as the backward pass has made it and the one before is done; the update waits for the
/// last. A bucket of S bytes over N ranks takes
///
///     λ + (N − 1) S / β            in one round, where (N − 1) S is small: everybody sends all to everybody,
///     2 λ + 2 (N − 1) / N · S / β  in two, reduce-scatter and all-gather,
///
/// with the latency λ and the bandwidth β of a rank's link.
public struct ClusterPrediction: Encodable, Hashable, Sendable {
  /// The way between two ranks.
  public struct Link: Encodable, Hashable, Sendable {
    /// Seconds of an empty message.
    public let latency: Double
    /// Bytes a second that a rank sends.
    public let bandwidth: Double

    public init(latency: Double, bandwidth: Double) { (self.latency, self.bandwidth) = (latency, bandwidth) }
  }

  public let ranks: Int
  /// Seconds of a step.
  public let seconds: Double
  /// Seconds of the gradients of a rank's share of the batch, and of the update.
  public let gradients, update: Double
  /// Seconds of all sums, and how much of that the backward pass does not cover.
  public let sums, exposed: Double

  /// - Parameters:
  ///   - timing: of a micro-batch, on a whole host.
  ///   - microBatches: of each rank.
  ///   - ranksPerHost: they share its cores, and so take turns.
  ///   - oneRoundLimit: bytes sent by a rank up to which a bucket is summed in one round.
  public init(
    of timing: ExchangeTiming, ranks: Int, microBatches: Int = 1, ranksPerHost: Int = 1, over link: Link,
    oneRoundLimit: Int
  ) {
    let turns = Double(min(ranks, ranksPerHost))
    let before = Double(microBatches - 1) * timing.gradients * turns
    gradients = before + timing.gradients * turns
    update = timing.update * turns
    var (end, sums) = (0.0, 0.0)
    for bucket in timing.buckets where ranks > 1 {
      let time = Self.time(
        ofSum: bucket.byteCount, over: ranks, link,
        isOneRound: bucket.byteCount * (ranks - 1) <= oneRoundLimit)
      sums += time
      end = max(end, before + bucket.ready * turns) + time
    }
    self.sums = sums
    exposed = max(0, end - gradients)
    seconds = gradients + exposed + update
    self.ranks = ranks
  }

  static func time(ofSum byteCount: Int, over ranks: Int, _ link: Link, isOneRound: Bool) -> Double {
    let (others, bytes) = (Double(ranks - 1), Double(byteCount))
    return isOneRound
      ? link.latency + others * bytes / link.bandwidth
      : 2 * link.latency + 2 * others / Double(ranks) * bytes / link.bandwidth
  }
}
