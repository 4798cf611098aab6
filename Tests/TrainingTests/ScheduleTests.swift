import Devices
import Schedules
import Sessions
import Tensors
import Testing

@Suite("Schedules")
struct ScheduleTests {
  @Test("one cycle rises to 1 after its warm-up, and falls to 0 at its end")
  func oneCycle() throws {
    let schedule = OneCycle(epochs: 10, warmUp: 0.2)
    // 1,000 steps in all; the factor of a step is the schedule's value at its middle.
    for (step, factor) in [
      (0, 0.0025), (100, 0.5025), (199, 0.9975), (200, 0.999375), (599, 0.500625), (999, 0.000625), (1500, 0),
    ] {
      let value = schedule.factor(atStep: Tensor(Double(step), dtype: .int32), stepsPerEpoch: 100)
      #expect(try abs(value.values().doubles[0] - factor) < 1e-6)
    }
  }

  private func factors(_ schedule: any Schedule, _ steps: [Int]) throws -> [Double] {
    try steps.map { step in
      try schedule.factor(atStep: Tensor(Double(step), dtype: .int32), stepsPerEpoch: 10).values().doubles[0]
    }
  }

  /// True if equal within float32 rounding.
  private func agree(_ a: [Double], _ b: [Double]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-6 }
  }

  @Test("a step decay falls when its epochs are over")
  func step() throws {
    let steps = [0, 29, 30, 59, 60, 79, 80, 1000]
    let after = StepDecay(0.1, .after([3, 6, 8]))
    #expect(try agree(factors(after, steps), [1, 1, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001]))
    let every = StepDecay(0.5, .every(3))
    #expect(try agree(factors(every, steps), [1, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 1 / 8589934592]))
  }

  @Test("a cosine falls from 1 to 0 along half a wave, and stays there")
  func cosine() throws {
    // ½ (1 + cos π t) for t = 0, ⅛, ¼, ⅓, ½, ¾, 1.
    #expect(
      try agree(
        factors(CosineDecay(epochs: 12), [0, 15, 30, 40, 60, 90, 120]),
        [1, 0.9619397662556434, 0.8535533905932737, 0.75, 0.5, 0.1464466094067262, 0]))
    let all = try factors(CosineDecay(epochs: 12), Array(0...130))
    #expect(zip(all, all.dropFirst()).allSatisfy { $0 >= $1 })
    #expect(all.allSatisfy { $0 >= 0 })
    #expect(all.suffix(11).allSatisfy { $0 < 1e-7 })
  }

  @Test("a warm-up rises to 1, and multiplies what comes after it")
  func warmUp() throws {
    let steps = [0, 9, 19, 20, 35, 200]
    #expect(try agree(factors(WarmUp(epochs: 2), steps), [0.05, 0.5, 1, 1, 1, 1]))
    let rising = try factors(WarmUp(steps: 30), steps)
    let thirtieths: [Double] = [1, 10, 20, 21, 30, 30]
    #expect(agree(rising, thirtieths.map { $0 / 30 }))
    let both = WarmUp(epochs: 2, then: StepDecay(0.1, .after([1, 3])))
    #expect(try agree(factors(both, steps), [0.05, 0.5, 0.1, 0.1, 0.01, 0.01]))
  }

  @Test("a plateau lowers the rate after too many epochs without anything better, and waits anew")
  func plateau() {
    let schedule = ReduceOnPlateau(0.1, patience: 2, threshold: 0.01)
    func factors(_ measured: [Double], _ isBetter: (Double, Double) -> Bool) -> [Double] {
      measured.indices.map { schedule.factor(after: Array(measured[...$0]), isBetter: isBetter) }
    }
    // The fourth improves by less than a hundredth; three in a row exceed the patience.
    let rising = factors([0.5, 0.6, 0.6, 0.604, 0.6, 0.7, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6], >)
    #expect(agree(rising, [1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.001]))
    let falling = factors([2, 1, 1.5, 0.995, 0.5, 0.6, 0.6, 0.6], <)
    #expect(agree(falling, [1, 1, 1, 1, 1, 1, 1, 0.1]))
    #expect(WarmUp(epochs: 1, then: schedule).factor(after: [1, 1, 1, 1], isBetter: >) == 0.1)
  }
}
