import CKernels
import Glibc
import ReferenceKernels
import Synchronization

/// A thread pool for kernels, including the calling thread.
///
/// A kernel is cut into pieces by its own sizes (`Work.pieceCount`), which threads take as they come free
/// (`PieceShares`). Which thread computes a piece changes no result. The caller waits only for pieces that are
/// being computed. Between kernels, threads spin briefly, because the next kernel of a step follows within
/// microseconds, then sleep. They are not pinned: the system moves a thread that waits for a core to one that
/// came free.
final class ThreadPool: @unchecked Sendable {
  /// The default pool.
  static let usual = of(ThreadCount.usual)

  private static let pools = Mutex<[Int: ThreadPool]>([:])

  /// The pool of a size, shared by all backends that ask for it: two of a size would only compete for cores.
  ///
  /// It lives as long as the process. It has fewer threads if the system grants no more.
  static func of(_ threadCount: Int) -> ThreadPool {
    pools.withLock { pools in
      if let pool = pools[threadCount] { return pool }
      let pool = ThreadPool(threadCount: threadCount)
      pools[threadCount] = pool
      return pool
    }
  }

  // `busy` guards `current` and `round`. Workers read `current` only while they hold a piece of its round,
  // and `unfinished` is not 0 before they are done with it.

  /// Including the caller.
  private(set) var threadCount = 1
  private let busy = Mutex(())
  private var current = Work(extent: 0, grain: 1, body: { _ in })
  private var shares = PieceShares(threads: 1)
  private var evenness = Evenness()

  /// The number of the kernel that runs, or ran last.
  private let round = Atomic<UInt32>(0)

  /// Pieces of the kernel that are not computed yet.
  private let unfinished = Atomic(0)
  private let workers: Waiting
  private let caller: Waiting

  /// The number of threads that sleep instead of spinning.
  var sleeperCount: Int { workers.count }

  private static let secondsOfPatience = 50e-6

  /// The spins of that time: each takes from 10 to 140 cycles, by the processor's maker.
  private let patience: Int
  private let clock = ContinuousClock()

  private init(threadCount: Int) {
    (workers, caller) = (Waiting(), Waiting())
    let count = 1000
    let seconds = clock.measure { for _ in 0..<count { lemnos_relax() } } / .seconds(1)
    patience = max(100, min(10_000, Int(ThreadPool.secondsOfPatience / max(seconds, 1e-9) * Double(count))))
    var started = 1
    for index in 1..<max(threadCount, 1) {
      var thread = pthread_t()
      // The pool and its threads live as long as the process.
      let argument = Unmanaged.passRetained(Worker(pool: self, index: index)).toOpaque()
      let status = pthread_create(
        &thread, nil,
        { argument in
          guard let argument else { return nil }
          let worker = Unmanaged<Worker>.fromOpaque(argument).takeRetainedValue()
          worker.pool.serve(index: worker.index)
          return nil
        }, argument)
      // Continue with fewer threads if the system grants no more.
      guard status == 0 else {
        Unmanaged<Worker>.fromOpaque(argument).release()
        break
      }
      started += 1
    }
    self.threadCount = started
    shares = PieceShares(threads: started)
  }

  private final class Worker {
    let pool: ThreadPool
    let index: Int
    init(pool: ThreadPool, index: Int) {
      self.pool = pool
      self.index = index
    }
  }

  /// Runs a kernel and returns when it is complete.
  func run(_ work: Work) {
    let (pieces, threads) = (work.pieceCount, work.threadCount(of: threadCount))
    guard threads > 1 else { return work.body(0..<work.extent) }
    let ran: Void? = busy.withLockIfAvailable { _ in
      current = work
      unfinished.store(pieces, ordering: .relaxed)
      let round = self.round.load(ordering: .relaxed) &+ 1
      shares.begin(
        round, pieces: pieces, threads: threads, grain: work.leastPieces, isEven: evenness.isEven)
      self.round.store(round, ordering: .sequentiallyConsistent)
      workers.wake(threads - 1)
      let start = clock.now
      compute(as: 0, round)
      let wait = waitForOthers()
      let isLong = wait > Evenness.leastSeconds
      evenness.note(wait: wait, of: isLong ? (clock.now - start) / .seconds(1) : .infinity)
    }
    // Another backend is using the threads.
    if ran == nil { work.body(0..<work.extent) }
  }

  /// Computes pieces until none are left to take.
  private func compute(as thread: Int, _ round: UInt32) {
    while let pieces = shares.take(by: thread, in: round) {
      current.body(current.range(ofPieces: pieces))
      let left = unfinished.subtract(pieces.count, ordering: .sequentiallyConsistent).newValue
      if left == 0, thread > 0 { caller.wake(1) }
    }
  }

  /// Waits for the pieces that other threads are computing.
  ///
  /// - Returns: the seconds that it took.
  private func waitForOthers() -> Double {
    var spins = 0
    while unfinished.load(ordering: .acquiring) > 0 {
      lemnos_relax()
      spins += 1
      guard spins > patience else { continue }
      // A worker has lost its core: this one's is worth more to it.
      let asleep = clock.measure {
        caller.sleep { unfinished.load(ordering: .sequentiallyConsistent) > 0 }
      }
      return ThreadPool.secondsOfPatience + asleep / .seconds(1)
    }
    return Double(spins) / Double(patience) * ThreadPool.secondsOfPatience
  }

  private func serve(index: Int) {
    var seen: UInt32 = 0
    while true {
      var spins = 0
      while round.load(ordering: .acquiring) == seen {
        lemnos_relax()
        spins += 1
        if spins > patience {
          workers.sleep { round.load(ordering: .sequentiallyConsistent) == seen }
        }
      }
      seen = round.load(ordering: .acquiring)
      compute(as: index, seen)
    }
  }
}
