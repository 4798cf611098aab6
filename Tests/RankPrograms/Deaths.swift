import Glibc
import MessagePassing

private struct Trouble: Error {}

/// `die rank how where`: what one rank does in step 12, while the others wait for it (0) or are busy elsewhere (1).
///
/// How: 0 SIGKILL, 1 SIGSTOP, 2 exit(1), 3 a trap, 4 an announcement, 5 an endless loop, 6 an error that nobody catches.
func die(_ communicator: Communicator, _ arguments: [Int]) throws {
  let (dying, how, place) = (arguments[0], arguments[1], arguments[2])
  let tree = SumTree(leafCount: communicator.size, rankCount: communicator.size)
  var values = [Float](repeating: 1, count: 100_000)
  for step in 1... {
    communicator.activity = ActivityName(step: step)
    if step == 12, communicator.rank == dying {
      switch how {
      case 0: kill(getpid(), SIGKILL)
      case 1: kill(getpid(), SIGSTOP)
      case 2: exit(1)
      case 3: fatalError("a bug")
      case 4: communicator.fail(with: "The loss is nan after step 12; use a smaller learning rate", code: 70)
      case 5: while true { usleep(100_000) }
      default: throw Trouble()
      }
    }
    if step == 12, place == 1 { while true { usleep(100_000) } }
    try values.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      for bucket in 1...3 {
        let name = ActivityName(step: step, bucket: bucket, of: 3)
        let sum = base + (bucket - 1) * 30_000
        try communicator.startSum([UnsafePointer(sum)], count: 30_000, into: sum, tree, as: name).wait()
      }
    }
    for index in values.indices { values[index] = 1 }
  }
}
