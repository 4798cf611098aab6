import Glibc
import Synchronization

/// SIGTERM and SIGINT as news for the watch.
///
/// When a rank dies, Open MPI's mpirun sends SIGTERM to all others, a second before SIGKILL. That must not end them before one has
/// said who died; and when all are told to end, none should say that another was lost. A program with handlers of its own keeps
/// them: then nothing ends at once anyway.
enum Termination {
  private static let pipe = Atomic<Int32>(-1)
  private static let signalled = Atomic<Int32>(0)
  private static let isEnding = Atomic(false)

  static var isRequested: Bool { signalled.load(ordering: .relaxed) != 0 }

  /// Writes to the end of a pipe at these signals, unless the program handles them itself.
  static func notify(_ end: Int32) {
    signalled.store(0, ordering: .relaxed)
    pipe.store(end, ordering: .sequentiallyConsistent)
    for number in [SIGTERM, SIGINT] where isDefault(number) {
      signal(number) { number in
        Termination.signalled.store(number, ordering: .relaxed)
        var one: UInt8 = 1
        _ = write(Termination.pipe.load(ordering: .relaxed), &one, 1)
      }
    }
    // UCX, which MPICH may send by, aborts when it reads from a process that is dead. The watch says who died, and ends this process.
    if isDefault(SIGABRT) {
      signal(SIGABRT) { _ in
        var naps = 0
        while Termination.isEnding.load(ordering: .relaxed) || Termination.isRequested || naps < 50 {
          usleep(10_000)
          naps += 1
        }
      }
    }
    // With automatic cleanup disabled, Hydra tells the others of a death by SIGUSR1, whose default is to end them.
    if isDefault(SIGUSR1) { signal(SIGUSR1, SIG_IGN) }
  }

  private static func isDefault(_ number: Int32) -> Bool {
    var current = sigaction()
    return sigaction(number, nil, &current) == 0 && current.__sigaction_handler.sa_handler == nil
  }

  /// The watch knows of a failure, and will end this process.
  static func noteFailure() { isEnding.store(true, ordering: .relaxed) }

  /// Ends this process as the signal does by default.
  static func end() {
    let number = signalled.load(ordering: .relaxed)
    signal(number, SIG_DFL)
    kill(getpid(), number)
  }
}
