/// Measures the rate of steps.
struct Pace {
  private let clock = ContinuousClock()
  private let firstStep: Int
  private let start: ContinuousClock.Instant
  private var step: Int
  private var last: ContinuousClock.Instant

  /// Steps that take about 0.1 s: initially one, until their duration is known.
  private(set) var stepsPerReport = 1

  init(from step: Int) {
    start = clock.now
    last = start
    self.step = step
    firstStep = step
  }

  /// Records that all work up to a step is complete.
  mutating func note(_ step: Int) {
    let now = clock.now
    let seconds = (now - last) / .seconds(1)
    let done = step - self.step
    // Grows by at most a factor of eight: the first steps include one-time costs.
    stepsPerReport = max(1, min(8 * max(done, 1), Int(0.1 * Double(done) / max(seconds, 1e-6))))
    (self.step, last) = (step, now)
  }

  var stepsPerSecond: Double { Double(step - firstStep) / max((last - start) / .seconds(1), 1e-9) }
}
