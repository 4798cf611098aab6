import Glibc
import MessagePassing
import Synchronization

private let received = Atomic(0)

/// `signals`: each rank says how often it got SIGINT, once it has and some time has passed.
func countSignals(_ communicator: Communicator, _ arguments: [Int]) throws {
  signal(SIGINT) { _ in received.add(1, ordering: .relaxed) }
  try communicator.barrier(as: ActivityName("the beginning"))
  if communicator.rank == 0 {
    print("ready")
    fflush(nil)
  }
  while received.load(ordering: .relaxed) == 0 { usleep(10_000) }
  usleep(300_000)
  print("rank \(communicator.rank) got \(received.load(ordering: .relaxed))")
  try communicator.barrier(as: ActivityName("the end of signals"))
}

/// `input`: rank 0 prints what it reads.
func readInput(_ communicator: Communicator, _ arguments: [Int]) throws {
  if communicator.rank == 0 { while let line = readLine() { print("read \(line)") } }
  try communicator.barrier(as: ActivityName("the end of input"))
}
