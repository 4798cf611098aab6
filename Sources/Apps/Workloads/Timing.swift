/// The time of something, over several runs.
package struct Timing {
  /// Seconds, ascending.
  private let samples: [Double]

  package var count: Int { samples.count }
  package var minimum: Double { samples[0] }
  package var median: Double { quantile(0.5) }

  /// The range between the first and last decile, relative to the median.
  package var spread: Double { (quantile(0.9) - quantile(0.1)) / median }

  /// The quantile of the samples.
  package func quantile(_ part: Double) -> Double {
    samples[min(samples.count - 1, Int(part * Double(samples.count)))]
  }

  /// Runs a body until a time is over, at least five times, after two warm-up runs.
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

  /// The time of one run, averaged over enough runs to take 2 ms, so that launch and synchronization are
  /// negligible.
  ///
  /// - Parameter body: executes the given number of runs.
  package init(ofOneAmongMany seconds: Double, _ body: (Int) throws -> Void) rethrows {
    let clock = ContinuousClock()
    var count = 1
    // A warm-up run pays one-time costs.
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
}
