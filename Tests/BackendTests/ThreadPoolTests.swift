import Foundation
import ReferenceKernels
import Synchronization
import Testing

@testable import CPUBackend

@Suite("Threads")
struct ThreadPoolTests {
  @Test(
    "are as many as the environment says",
    arguments: [(nil, nil), ("", nil), ("1", 1), ("3", 3), ("1024", 1024)] as [(String?, Int?)])
  func parsed(text: String?, count: Int?) throws { #expect(try ThreadCount.parse(text) == count) }

  @Test(
    "are refused by one sentence", arguments: ["0", "-1", "1025", "two", "2.5", " 2", "99999999999999999999"])
  func refused(text: String) throws {
    let error = try #require(throws: BadThreadCount.self) { try ThreadCount.parse(text) }
    #expect("\(error)" == "LEMNOS_THREADS is '\(text)', but has to be a number from 1 to 1024")
  }

  @Test("of one number are the same ones", arguments: [1, 2, 5])
  func pools(count: Int) {
    #expect(ThreadPool.of(count) === ThreadPool.of(count))
    #expect(ThreadPool.of(count).threadCount == count)
    #expect(ThreadPool.usual === ThreadPool.of(ThreadCount.usual))
  }

  /// The number of times that a pool visited each element of a range.
  private static func visits(_ extent: Int, grain: Int, on pool: ThreadPool) -> [Int] {
    let counts = UnsafeMutableBufferPointer<Int>.allocate(capacity: extent)
    counts.initialize(repeating: 0)
    defer { counts.deallocate() }
    pool.run(Work(extent: extent, grain: grain) { range in for index in range { counts[index] += 1 } })
    return Array(counts)
  }

  @Test("do all of a range once", arguments: [1, 2, 3, 8])
  func whole(count: Int) {
    for extent in [0, 1, 2, 3, 7, 8, 100, 1001] {
      for grain in [1, 2, 5, 400, 2000] {
        let visits = Self.visits(extent, grain: grain, on: .of(count))
        #expect(visits == [Int](repeating: 1, count: extent), "\(extent), grain \(grain)")
      }
    }
  }

  @Test("sleep when there is nothing to do, and wake again")
  func sleep() {
    // A thread count that no other test uses.
    let pool = ThreadPool.of(11)
    for _ in 0..<5 {
      #expect(Self.visits(100, grain: 1, on: pool) == [Int](repeating: 1, count: 100))
      var waits = 0
      while pool.sleeperCount < 10, waits < 30_000 {
        usleep(1000)
        waits += 1
      }
      #expect(pool.sleeperCount == 10)
    }
  }

  @Test("serve several callers at once, more than there are cores", arguments: [2, 7])
  func callers(count: Int) {
    let pool = ThreadPool.of(count)
    let done = DispatchSemaphore(value: 0)
    let tally = Tally()
    for caller in 0..<6 {
      Thread {
        for round in 0..<300 {
          let extent = 50 + caller + round % 7
          if Self.visits(extent, grain: 1, on: pool) != [Int](repeating: 1, count: extent) { tally.add() }
        }
        done.signal()
      }.start()
    }
    for _ in 0..<6 { done.wait() }
    #expect(tally.count == 0)
  }

  private final class Tally: Sendable {
    private let value = Atomic(0)
    var count: Int { value.load(ordering: .sequentiallyConsistent) }
    func add() { value.add(1, ordering: .sequentiallyConsistent) }
  }
}
