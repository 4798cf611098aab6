import Schedules

extension Trainer {
  /// Trains with a learning rate that rises at every step, until the loss diverges, and records the losses.
  ///
  ///     let trainer = try Trainer(
  ///       model, data: data, optimizer: Momentum(learningRate: 1e-6), schedule: ExponentialRise(ratio: 1e7, steps: 100))
  ///     print(try trainer.rangeTest().suggestion ?? "no rate lowers the loss")
  ///
  /// The trainer must not be used afterwards.
  ///
  /// - Parameter isStopped: polled before every step; true ends the test.
  /// - Throws: `TrainingError.setting` for a trainer that has begun, or whose schedule is no
  ///   `ExponentialRise`; backend errors.
  public func rangeTest(until isStopped: () -> Bool = { false }) throws -> RangeTest {
    guard let rise = recipe.schedule as? ExponentialRise, step == 0 else {
      throw TrainingError.setting("a range test takes a new trainer whose schedule is an ExponentialRise")
    }
    var losses: [(learningRate: Double, loss: Double)] = []
    var best = Double.infinity
    for _ in 0..<rise.steps where !isStopped() {
      do {
        let loss = try advance(1)
        losses.append((try learningRate(), loss))
        best = min(best, loss)
        if loss > RangeTest.tooHigh * best { return RangeTest(losses, hasDiverged: true) }
      } catch TrainingError.diverged {
        return RangeTest(losses, hasDiverged: true)
      }
    }
    return RangeTest(losses, hasDiverged: false)
  }
}
