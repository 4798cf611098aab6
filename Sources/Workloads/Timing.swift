import Glibc

/// How long something takes, over several runs.
package struct Timing {
  /// Seconds, ascending.
  private let samples: [Double]

  package var count: Int { samples.count }
  package var minimum: Double { samples[0] }
  package var median: Double { quantile(0.5) }

  /// From the tenth of the samples to the ninth, as a part of the median.
  package var spread: Double { (quantile(0.9) - quantile(0.1)) / median }

  /// The time that a part of the samples stays below.
  package func quantile(_ part: Double) -> Double {
    samples[min(samples.count - 1, Int(part * Double(samples.count)))]
  }

  /// Runs a body until a time is over, at least five times, after two runs that do not count.
  package init(seconds: Double = 0.5, _ body: () throws -> Void) rethrows {
    let clock = ContinuousClock()
    try body()
    try body()
    let end = clock.now + .seconds(seconds)
    var samples: [Double] = []
    while samples.count < 5 || clock.now < end {
      let start = clock.now
      try body()
      samples.append((clock.now - start) / .seconds(1))
    }
    self.samples = samples.sorted()
  }

  /// The time of one run among as many as take two milliseconds, so that starting them and waiting for them hardly counts.
  ///
  /// - Parameter body: runs so many times.
  package init(ofOneAmongMany seconds: Double, _ body: (Int) throws -> Void) rethrows {
    let clock = ContinuousClock()
    var count = 1
    // The first run pays for what is done once.
    try body(1)
    while true {
      let start = clock.now
      try body(count)
      let time = (clock.now - start) / .seconds(1)
      if time >= 2e-3 || count >= 1 << 14 { break }
      count = min(16 * count, max(2 * count, Int(2.5e-3 / max(time, 1e-9) * Double(count))))
    }
    let runs = count
    let together = try Timing(seconds: seconds) { try body(runs) }
    samples = together.samples.map { $0 / Double(runs) }
  }

  private init(_ samples: [Double]) { self.samples = samples.sorted() }

  /// Times two bodies in turn, so that other work on the machine meets both alike.
  ///
  /// - Parameter pause: between the bodies, for libraries whose threads stay awake after their work.
  package static func alternating(
    rounds: Int, pause: Duration, _ a: () throws -> Void, _ b: () throws -> Void
  ) rethrows -> (Timing, Timing) {
    let clock = ContinuousClock()
    var (first, second): ([Double], [Double]) = ([], [])
    for round in 0..<rounds + 2 {
      usleep(UInt32(pause / .microseconds(1)))
      let start = clock.now
      try a()
      let middle = clock.now
      usleep(UInt32(pause / .microseconds(1)))
      let restart = clock.now
      try b()
      let end = clock.now
      guard round >= 2 else { continue }
      first.append((middle - start) / .seconds(1))
      second.append((end - restart) / .seconds(1))
    }
    return (Timing(first), Timing(second))
  }
}
