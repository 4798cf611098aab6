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
  /// Nil if all ranks update all parameters.
  private let sharded: ShardedOptimizer?
  /// Summed one after another, the last layers' first: while one is under way, others are.
  let buckets: [any GradientBucket]
  /// The last of them: small gradients, statistics, the loss, and the ranks' wishes.
  private let last: BucketOf<Float>
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
  ///   - precision: of the sums of large gradients.
  ///   - ranks: nil for a process that is alone.
  init(
    _ exchange: TrainingStep.Exchange, after half: any Executable, microBatches: Int, ranks: Communicator?,
    precision: GradientPrecision, shards: OptimizerShards?, on backend: any Backend
  ) throws {
    self.ranks = ranks
    let tree = SumTree(leafCount: microBatches, rankCount: ranks?.size ?? 1)
    self.tree = tree
    update = try backend.compile(exchange.update)
    sharded = try ranks.flatMap { ranks in
      try shards.map { try ShardedOptimizer($0, ranks: ranks, on: backend) }
    }
    let isInPlace = tree.leaves(of: ranks?.rank ?? 0).count == 1
    let parts = BucketPlan(exchange.states).buckets
    let last = try BucketOf<Float>(parts[parts.count - 1], extra: Wish.count, on: backend)
    let buckets =
      try parts.dropLast().map { states -> any GradientBucket in
        switch precision {
        case .float32: try BucketOf<Float>(states, isInPlace: isInPlace, on: backend)
        case .bfloat16: try BucketOf<BFloat16>(states, on: backend)
        }
      } + [last]
    (self.buckets, self.last) = (buckets, last)
    self.half = half as? any ProgressiveExecutable
    ready = self.half.map { BucketPlan.readiness(of: buckets.map(\.states), in: $0.program) } ?? []
  }

  /// The micro-batches of a step that this rank computes.
  var own: Range<Int> { tree.leaves(of: rank) }

  private var rank: Int { ranks?.rank ?? 0 }

  /// The bytes that are summed in a step, and in how many buckets.
  var traffic: (byteCount: Int, buckets: Int) { (buckets.reduce(0) { $0 + $1.byteCount }, buckets.count) }

  /// What ranks wish for after a step; granted to all if it is any rank's.
  struct Wish {
    fileprivate static let count = 2
    var toStop = false
    var toSave = false
  }

  /// Runs the step's first half on this rank's micro-batches, sums over all ranks, and does the second half.
  ///
  /// - Parameters:
  ///   - run: runs the first half on a micro-batch.
  ///   - beforeUpdate: called when all first halves are done.
  ///   - wish: this rank's, asked for once.
  /// - Returns: what any rank wishes, and to stop if the loss is no finite number: all ranks find the same.
  func run(
    step: Int, microBatch run: (Int) throws -> Void, beforeUpdate: () throws -> Void, wish: () -> Wish
  ) throws -> Wish {
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
    let wish = wish()
    last.setExtra([wish.toStop ? 1 : 0, wish.toSave ? 1 : 0])
    try startSum(of: buckets.count - 1, step)
    for collective in running { try collective.wait() }
    running = []
    times.exposed += clock.now - computed
    for bucket in buckets { try bucket.finish() }
    try update.run(steps: 1)
    try sharded?.share(step: step)
    times.whole += clock.now - start
    times.steps += 1
    // The loss is the last of the small states.
    let end = last.sum + last.count
    return Wish(toStop: end[-2] > 0 || !end[-3].isFinite, toSave: end[-1] > 0)
  }

  /// The optimizer state that other ranks have, on the first rank.
  ///
  /// All have to call it after the same step.
  func collect() throws -> [State: TensorValues] { try sharded?.collect() ?? [:] }

  /// Adds up the next bucket, and begins its sum over ranks after the last micro-batch.
  private func add(_ microBatch: Int, _ step: Int) throws {
    try buckets[added].add(completing: tree.additions(afterLeaf: microBatch, of: rank))
    if microBatch == own.upperBound - 1 { try startSum(of: added, step) }
    added += 1
  }

  private func startSum(of number: Int, _ step: Int) throws {
    guard let ranks, ranks.size > 1 else { return }
    running.append(
      try buckets[number].startSum(
        over: ranks, tree, as: ActivityName(step: step, bucket: number + 1, of: buckets.count)))
  }
}
