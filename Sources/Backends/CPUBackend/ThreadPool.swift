import CKernels
import Glibc
import ReferenceKernels
import Synchronization

/// A thread pool for kernels, including the calling thread.
///
/// A range is always split into the same parts, whichever thread runs them, so results do not depend on
/// timing. Between kernels, threads spin briefly, because the next kernel of a step follows within
/// microseconds, then sleep.
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

  // `busy` guards `current`; workers read `current` between a change of `generation` and their decrement of
  // `unfinished`.

  /// Including the caller.
  private(set) var threadCount = 1
  private let busy = Mutex(())
  private var threads: [pthread_t] = []
  private var current = Work(extent: 0, grain: 1, body: { _ in })
  private let generation = Atomic(0)
  private let unfinished = Atomic(0)
  private let sleepers = Atomic(0)

  /// The number of threads that sleep instead of spinning.
  var sleeperCount: Int { sleepers.load(ordering: .sequentiallyConsistent) }

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  /// About 50 µs.
  private static let patience = 2000

  private init(threadCount: Int) {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
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
      threads.append(thread)
    }
    self.threadCount = threads.count + 1
  }

  private final class Worker {
    let pool: ThreadPool
    let index: Int
    init(pool: ThreadPool, index: Int) {
      self.pool = pool
      self.index = index
    }
  }

  /// A thread's part of a range.
  private func part(_ index: Int, of work: Work) -> Range<Int> {
    let parts = max(1, min(threadCount, work.extent / max(work.grain, 1)))
    guard index < parts else { return 0..<0 }
    return work.extent * index / parts..<work.extent * (index + 1) / parts
  }

  /// Runs a kernel and returns when it is complete.
  func run(_ work: Work) {
    if threadCount == 1 || work.extent < 2 * work.grain {
      return work.body(0..<work.extent)
    }
    let ran: Void? = busy.withLockIfAvailable { _ in
      current = work
      unfinished.store(threadCount - 1, ordering: .relaxed)
      generation.add(1, ordering: .sequentiallyConsistent)
      if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
        lemnos_spread_threads(threads, Int32(threads.count))
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(mutex)
      }
      let own = part(0, of: work)
      if !own.isEmpty { work.body(own) }
      var spins = 0
      while unfinished.load(ordering: .acquiring) > 0 {
        lemnos_relax()
        spins += 1
        // Another process has the worker's core: yield this one too, rather than wait for its time slice.
        if spins > ThreadPool.patience { sched_yield() }
      }
    }
    if ran == nil {
      // Another backend is using the threads: run the same parts sequentially.
      for index in 0..<threadCount {
        let part = part(index, of: work)
        if !part.isEmpty { work.body(part) }
      }
    }
  }

  private func serve(index: Int) {
    var seen = 0
    while true {
      var spins = 0
      while generation.load(ordering: .acquiring) == seen {
        lemnos_relax()
        spins += 1
        if spins > ThreadPool.patience { sleep(whileGenerationIs: seen) }
      }
      seen = generation.load(ordering: .acquiring)
      let part = part(index, of: current)
      if !part.isEmpty { current.body(part) }
      unfinished.subtract(1, ordering: .releasing)
    }
  }

  private func sleep(whileGenerationIs seen: Int) {
    pthread_mutex_lock(mutex)
    sleepers.add(1, ordering: .sequentiallyConsistent)
    while generation.load(ordering: .sequentiallyConsistent) == seen { pthread_cond_wait(wake, mutex) }
    sleepers.subtract(1, ordering: .sequentiallyConsistent)
    pthread_mutex_unlock(mutex)
  }
}
