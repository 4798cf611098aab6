import Execution
import MessagePassing
import Programs
import Tensors

/// Programs that run one after another, with sums over ranks between them.
final class StagedExecutable: Executable {
  private let programs: [any Executable]
  /// After each program but the last.
  private let buckets: [BucketOf<Float>]
  private let ranks: Communicator
  private let tree: SumTree

  init(_ stages: Stages, ranks: Communicator, on backend: any Backend) throws {
    programs = try stages.programs.map { try backend.compile($0) }
    buckets = try stages.sums.map { try BucketOf<Float>($0, on: backend) }
    self.ranks = ranks
    tree = SumTree(leafCount: ranks.size, rankCount: ranks.size)
  }

  func run(steps: Int) throws {
    for _ in 0..<steps {
      for (number, program) in programs.enumerated() {
        try program.run(steps: 1)
        guard number < buckets.count else { continue }
        let bucket = buckets[number]
        try bucket.add(completing: 0)
        try bucket.startSum(
          over: ranks, tree,
          as: ActivityName("the sums of batch statistics, \(number + 1) of \(buckets.count)")
        ).wait()
        try bucket.finish()
      }
    }
  }

  /// Of the last program.
  func output(_ index: Int) throws -> TensorValues { try programs[programs.count - 1].output(index) }
}
