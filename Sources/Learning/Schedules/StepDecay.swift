public import Tensors

/// The learning rate is multiplied by a constant at certain epochs.
///
///     factor = decay ^ n,   n = the number of decays so far
public struct StepDecay: Schedule {
  /// The epochs of decay.
  public enum Times: Sendable {
    /// After each of these numbers of epochs.
    case after([Int])
    /// After every so many epochs.
    case every(Int)
  }

  public let decay: Double
  public let times: Times

  /// - Parameter decay: above 0; 0.1 is usual.
  public init(_ decay: Double, _ times: Times) {
    let epochs =
      switch times {
      case .after(let milestones): milestones
      case .every(let epochs): [epochs]
      }
    precondition(
      decay > 0 && epochs.allSatisfy { (1...Int(Int32.max)).contains($0) },
      "a step decay has a factor above 0 and numbers of epochs from 1 on, not \(decay) and \(epochs)")
    self.decay = decay
    self.times = times
  }

  public func factor(atStep step: Tensor, stepsPerEpoch: Int) -> Tensor {
    let done = step / Double(stepsPerEpoch)
    let count =
      switch times {
      case .after(let milestones):
        milestones.map { (Double($0 - 1) .< done).cast(to: .float32) }.reduce(Tensor(0), +)
      case .every(let epochs): (done / Double(epochs)).cast(to: .float32)
      }
    return power(Tensor(decay), count)
  }
}
