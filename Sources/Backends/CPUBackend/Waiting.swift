import Glibc
import Synchronization

/// Threads that sleep until a condition changes.
final class Waiting: @unchecked Sendable {
  private let sleepers = Atomic(0)
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  var count: Int { sleepers.load(ordering: .sequentiallyConsistent) }

  /// Sleeps as long as a condition holds.
  ///
  /// Both sides write, then read what the other has written, in one order for all: either this one sees the
  /// change, or the other one sees that somebody sleeps.
  func sleep(while condition: () -> Bool) {
    pthread_mutex_lock(mutex)
    sleepers.add(1, ordering: .sequentiallyConsistent)
    while condition() { pthread_cond_wait(self.condition, mutex) }
    sleepers.subtract(1, ordering: .sequentiallyConsistent)
    pthread_mutex_unlock(mutex)
  }

  /// Wakes up to so many threads, after the condition has changed.
  func wake(_ most: Int) {
    let count = self.count
    guard count > 0 else { return }
    pthread_mutex_lock(mutex)
    if most < count {
      for _ in 0..<most { pthread_cond_signal(condition) }
    } else {
      pthread_cond_broadcast(condition)
    }
    pthread_mutex_unlock(mutex)
  }
}
