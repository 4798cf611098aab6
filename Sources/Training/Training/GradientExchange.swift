import Execution
import MessagePassing
import Programs
import Tensors

/// The sums of gradients, statistics and losses over the micro-batches of a step, and over all ranks.
///
/// They are added in the tree of `SumTree`, whichever rank computes which micro-batch, so that any number of ranks gives
/// the same bits. Where the backend shows its progress, a bucket is summed as soon as the backward pass has made it, beside
/// the rest of the pass.
final class GradientExchange {
  private let ranks: Communicator?
  private let tree: SumTree
  let update: any Executable
  /// Summed one after another, the last layers' first: while one is under way, others are.
  let buckets: [GradientBucket]
  /// The first half, if it shows its progress.
  let half: (any ProgressiveExecutable)?
  /// By instruction of the first half, how many buckets are complete after it that were not before.
  let ready: [Int]
  /// How the steps so far were spent.
  private(set) var times = Times()

  /// Buckets that are added up for the present micro-batch: the others follow in order.
  private var added = 0
  private var running: [Collective] = []

  /// How long steps took, and how long they waited for other ranks.
  struct Times {
    var steps = 0
    var whole = Duration.zero
    /// From the end of the backward pass to the last sum.
    var exposed = Duration.zero
  }

  /// - Parameters:
  ///   - exchange: of the training step.
  ///   - half: what makes the gradients of a micro-batch.
  ///   - microBatches: of a step, of all ranks together.
  ///   - ranks: nil for a process that is alone.
  init(
    _ exchange: TrainingStep.Exchange, after half: any Executable, microBatches: Int, ranks: Communicator?,
    on backend: any Backend
  ) throws {
    self.ranks = ranks
    let tree = SumTree(leafCount: microBatches, rankCount: ranks?.size ?? 1)
    self.tree = tree
    update = try backend.compile(exchange.update)
    let isInPlace = tree.leaves(of: ranks?.rank ?? 0).count == 1
    let parts = BucketPlan(exchange.states).buckets
    let buckets = try parts.enumerated().map { number, states in
      try GradientBucket(
        states, extra: number == parts.count - 1 ? 1 : 0, isInPlace: isInPlace, on: backend)
    }
    self.buckets = buckets
    self.half = half as? any ProgressiveExecutable
    ready = self.half.map { BucketPlan.readiness(of: buckets.map(\.states), in: $0.program) } ?? []
  }

  /// The micro-batches of a step that this rank computes.
  var own: Range<Int> { tree.leaves(of: rank) }

  private var rank: Int { ranks?.rank ?? 0 }

  /// The bytes that are summed in a step, and in how many buckets.
  var traffic: (byteCount: Int, buckets: Int) { (4 * buckets.reduce(0) { $0 + $1.count }, buckets.count) }

  /// Runs the step's first half on this rank's micro-batches, sums over all ranks, and does the second half.
  ///
  /// - Parameters:
  ///   - run: runs the first half on a micro-batch.
  ///   - beforeUpdate: called when all first halves are done.
  ///   - wantsToStop: asked once; true if this rank is to stop after the step.
  /// - Returns: true if any rank wants to, or if the loss is no finite number: all ranks find the same.
  func run(
    step: Int, microBatch run: (Int) throws -> Void, beforeUpdate: () throws -> Void,
    wantsToStop: () -> Bool
  ) throws -> Bool {
    let clock = ContinuousClock()
    let start = clock.now
    for microBatch in own {
      added = 0
      half?.progress = { [unowned self] instruction in
        for _ in 0..<ready[instruction] { try add(microBatch, step) }
        if !running.isEmpty { _ = try ranks?.advance() }
      }
      defer { half?.progress = nil }
      try run(microBatch)
      while added < buckets.count - 1 { try add(microBatch, step) }
      // The sum of the last one, with the loss, waits for what is sent along.
      try buckets[added].add(completing: tree.additions(afterLeaf: microBatch, of: rank))
    }
    let computed = clock.now
    try beforeUpdate()
    let last = buckets[buckets.count - 1]
    last.setExtra(wantsToStop() ? 1 : 0)
    try startSum(of: buckets.count - 1, step)
    for collective in running { try collective.wait() }
    running = []
    times.exposed += clock.now - computed
    for bucket in buckets { try bucket.finish() }
    try update.run(steps: 1)
    times.whole += clock.now - start
    times.steps += 1
    // The loss is the last of the small states.
    return last.sum[last.count - 1] > 0 || !last.sum[last.count - 2].isFinite
  }

  /// Adds up the next bucket, and begins its sum over ranks after the last micro-batch.
  private func add(_ microBatch: Int, _ step: Int) throws {
    try buckets[added].add(completing: tree.additions(afterLeaf: microBatch, of: rank))
    if microBatch == own.upperBound - 1 { try startSum(of: added, step) }
    added += 1
  }

  private func startSum(of number: Int, _ step: Int) throws {
    guard let ranks, ranks.size > 1 else { return }
    let bucket = buckets[number]
    running.append(
      try ranks.startSum(
        bucket.partials, count: bucket.count, into: bucket.sum, tree,
        as: ActivityName(step: step, bucket: number + 1, of: buckets.count)))
  }
}
