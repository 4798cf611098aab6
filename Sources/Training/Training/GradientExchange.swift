import Execution
import MessagePassing
import Programs
import Tensors

/// The sums of gradients, statistics and losses over the micro-batches of a step, and over all ranks.
///
/// They are added in the tree of `SumTree`, whichever rank computes which micro-batch, so that any number of ranks gives
/// the same bits.
final class GradientExchange {
  private let backend: any Backend
  private let ranks: Communicator?
  private let tree: SumTree
  private let update: any Executable

  /// Summed one after another, the last layers' first: while one is under way, others are.
  private let buckets: [Bucket]

  /// Sums of subtrees that are complete.
  private var depth = 0

  /// Some states, and in the last bucket also whether a rank wants to stop.
  private final class Bucket {
    let states: [State]
    /// Where each state's floats begin.
    let offsets: [Int]
    let count: Int
    /// The state's own memory, if it is one state and that is the host's.
    let memory: UnsafeMutablePointer<Float>?
    /// The sums of subtrees; the first is in the state's own memory if it can be.
    private(set) var stack: [UnsafeMutablePointer<Float>] = []
    private var owned: [UnsafeMutablePointer<Float>] = []

    init(_ states: [State], extra: Int = 0, memory: UnsafeMutablePointer<Float>? = nil) {
      self.states = states
      var end = 0
      offsets = states.map { state in
        end += state.shape.count
        return end - state.shape.count
      }
      count = end + extra
      self.memory = memory
    }

    deinit { for sums in owned { sums.deallocate() } }

    func sums(_ depth: Int) -> UnsafeMutablePointer<Float> {
      while stack.count <= depth {
        owned.append(.allocate(capacity: count))
        stack.append(owned[owned.count - 1])
      }
      return stack[depth]
    }

    /// With a single micro-batch for each rank, gradients are summed where they are.
    func useOwnMemory() { if let memory { stack = [memory] } }
  }

  /// Gradients of more floats are buckets of their own; smaller ones share one.
  private static let ownBucket = 1 << 16

  /// - Parameters:
  ///   - exchange: of the training step.
  ///   - microBatches: of a step, of all ranks together.
  ///   - ranks: nil for a process that is alone.
  init(
    _ exchange: TrainingStep.Exchange, microBatches: Int, ranks: Communicator?, on backend: any Backend
  ) throws {
    (self.backend, self.ranks) = (backend, ranks)
    tree = SumTree(leafCount: microBatches, rankCount: ranks?.size ?? 1)
    update = try backend.compile(exchange.update)
    // The backward pass makes the last parameters' gradients first.
    let large = exchange.states.reversed().filter { $0.shape.count > GradientExchange.ownBucket }
    let small = exchange.states.filter { $0.shape.count <= GradientExchange.ownBucket }
    let host = backend as? any HostMemoryBackend
    buckets =
      try large.map { state in
        Bucket([state], memory: try host?.memory(of: state).bindMemory(to: Float.self).baseAddress)
      } + [Bucket(small, extra: 1)]
    if tree.leaves(of: rank).count == 1 { for bucket in buckets { bucket.useOwnMemory() } }
  }

  /// The micro-batches of a step that this rank computes.
  var own: Range<Int> { tree.leaves(of: rank) }

  private var rank: Int { ranks?.rank ?? 0 }

  /// Adds what the step's first half has made of a micro-batch.
  func add(microBatch: Int) throws {
    for bucket in buckets {
      let top = bucket.sums(depth)
      guard top != bucket.memory else { continue }
      for (state, offset) in zip(bucket.states, bucket.offsets) {
        let floats = UnsafeMutableBufferPointer(start: top + offset, count: state.shape.count)
        try backend.read(state, into: UnsafeMutableRawBufferPointer(floats))
      }
    }
    depth += 1
    for _ in 0..<tree.additions(afterLeaf: microBatch, of: rank) {
      depth -= 1
      for bucket in buckets {
        let (sum, other) = (bucket.sums(depth - 1), bucket.sums(depth))
        for index in 0..<bucket.count { sum[index] += other[index] }
      }
    }
  }

  /// Sums over all ranks, and does the second half of the step.
  ///
  /// - Parameter wantsToStop: true if this rank is to stop after the step.
  /// - Returns: true if any rank wants to, or if the loss is no finite number: all ranks find the same.
  func finish(step: Int, wantsToStop: Bool) throws -> Bool {
    let last = buckets[buckets.count - 1]
    for level in 0..<depth { last.sums(level)[last.count - 1] = level == 0 && wantsToStop ? 1 : 0 }
    if let ranks, ranks.size > 1 {
      let running = try buckets.enumerated().map { number, bucket in
        try ranks.startSum(
          (0..<depth).map { UnsafePointer(bucket.sums($0)) }, count: bucket.count, into: bucket.sums(0), tree,
          as: ActivityName(step: step, bucket: number + 1, of: buckets.count))
      }
      for collective in running { try collective.wait() }
    }
    depth = 0
    for bucket in buckets where bucket.sums(0) != bucket.memory {
      for (state, offset) in zip(bucket.states, bucket.offsets) {
        let floats = UnsafeBufferPointer(start: bucket.sums(0) + offset, count: state.shape.count)
        try backend.write(UnsafeRawBufferPointer(floats), to: state)
      }
    }
    try update.run(steps: 1)
    // The loss is the last of the small states.
    return last.sums(0)[last.count - 1] > 0 || !last.sums(0)[last.count - 2].isFinite
  }
}
