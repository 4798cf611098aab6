import CKernels
import Glibc
import Synchronization

/// A kernel ready to run: work over a range, which may be cut anywhere and run by several threads.
struct Work {
  /// The range is 0 ..< `extent`.
  let extent: Int

  /// A thread gets at least this many units: less would cost more to hand over than to do.
  let grain: Int

  let body: (Range<Int>) -> Void
}

/// Threads that run kernels, the caller's included.
///
/// A range is always cut into the same parts, whoever runs them, so that results do not depend on timing. Between
/// kernels the threads stay awake for a moment, because the next kernel of a step follows within microseconds; then
/// they sleep.
final class ThreadPool: @unchecked Sendable {
  /// The one of backends that ask for no number of threads.
  static let usual = of(ThreadCount.usual)

  private static let pools = Mutex<[Int: ThreadPool]>([:])

  /// The one with so many threads, for all backends that ask for that many: two of a size would only take turns.
  ///
  /// It lives as long as the process. Where the system grants no more threads it has fewer.
  static func of(_ threadCount: Int) -> ThreadPool {
    pools.withLock { pools in
      if let pool = pools[threadCount] { return pool }
      let pool = ThreadPool(threadCount: threadCount)
      pools[threadCount] = pool
      return pool
    }
  }

  // `busy` guards `current`; the workers read `current` between a change of `generation` and their decrement of
  // `unfinished`.

  /// The caller's included.
  private(set) var threadCount = 1
  private let busy = Mutex(())
  private var threads: [pthread_t] = []
  private var current = Work(extent: 0, grain: 1, body: { _ in })
  private let generation = Atomic(0)
  private let unfinished = Atomic(0)
  private let sleepers = Atomic(0)

  /// How many of the threads wait without using a core.
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
      // The pool lives as long as the process, and so do its threads.
      let argument = Unmanaged.passRetained(Worker(pool: self, index: index)).toOpaque()
      let status = pthread_create(
        &thread, nil,
        { argument in
          guard let argument else { return nil }
          let worker = Unmanaged<Worker>.fromOpaque(argument).takeRetainedValue()
          worker.pool.serve(index: worker.index)
          return nil
        }, argument)
      // Where the system grants no more threads, fewer do the work.
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

  /// The part of a range that falls to a thread.
  private func part(_ index: Int, of work: Work) -> Range<Int> {
    let parts = max(1, min(threadCount, work.extent / max(work.grain, 1)))
    guard index < parts else { return 0..<0 }
    return work.extent * index / parts..<work.extent * (index + 1) / parts
  }

  /// Runs a kernel and returns when all of it is done.
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
        // Another program has the worker's core: let it have this one too, rather than wait for its time slice.
        if spins > ThreadPool.patience { sched_yield() }
      }
    }
    if ran == nil {
      // Another backend is using the threads. The same parts, one after another.
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
