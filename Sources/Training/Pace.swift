/// How fast steps go by.
struct Pace {
  private let clock = ContinuousClock()
  private let firstStep: Int
  private let start: ContinuousClock.Instant
  private var step: Int
  private var last: ContinuousClock.Instant

  /// Steps that take about a tenth of a second: one at first, until it is known how long they take.
  private(set) var stepsPerReport = 1

  init(from step: Int) {
    start = clock.now
    last = start
    self.step = step
    firstStep = step
  }

  /// All work up to a step has been done.
  mutating func note(_ step: Int) {
    let now = clock.now
    let seconds = (now - last) / .seconds(1)
    let done = step - self.step
    // Not more than eight times as many as before: the first steps also pay for what is done once.
    stepsPerReport = max(1, min(8 * max(done, 1), Int(0.1 * Double(done) / max(seconds, 1e-6))))
    (self.step, last) = (step, now)
  }

  var stepsPerSecond: Double { Double(step - firstStep) / max((last - start) / .seconds(1), 1e-9) }
}
