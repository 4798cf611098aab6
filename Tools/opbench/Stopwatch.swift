import Glibc

/// How long something takes, over several runs.
struct Timing {
  /// Seconds, ascending.
  private let samples: [Double]

  var minimum: Double { samples[0] }
  var median: Double { samples[samples.count / 2] }

  /// Runs a body until a time is over, at least five times, after two runs that do not count.
  init(seconds: Double = 0.5, _ body: () throws -> Void) rethrows {
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

  private init(_ samples: [Double]) { self.samples = samples.sorted() }

  /// Times two bodies in turn, so that other work on the machine meets both alike.
  ///
  /// - Parameter pause: between the bodies, for libraries whose threads stay awake after their work.
  static func alternating(
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

/// A time in the unit that suits it.
func text(_ seconds: Double) -> String {
  let (scaled, unit) = seconds < 1e-3 ? (seconds * 1e6, "µs") : (seconds * 1e3, "ms")
  return "\(rounded(scaled)) \(unit)"
}

/// Two decimals.
func rounded(_ x: Double) -> String {
  let hundredths = Int((x * 100).rounded())
  return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
}
