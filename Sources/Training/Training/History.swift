/// The results of a run, per epoch and per step.
public struct History: Hashable, Sendable {
  public struct Epoch: Codable, Hashable, Sendable {
    /// From 1.
    public let epoch: Int

    /// Steps done at its end.
    public let step: Int

    /// The mean loss of its steps, including penalties that are part of it.
    public let loss: Double

    /// The evaluation on the first training examples.
    public let training: Evaluation

    /// The evaluation on validation examples; nil if there are none.
    public let validation: Evaluation?
  }

  public internal(set) var epochs: [Epoch] = []

  /// The loss of every step.
  public internal(set) var losses: [Float] = []

  /// The metric that selects the best epoch.
  public let monitored: Monitored

  public init(monitoring monitored: Monitored = .loss) { self.monitored = monitored }

  /// The epoch with the best monitored metric, on validation examples if there are any; the first of equals.
  public var best: Epoch? {
    epochs.reduce(nil) { best, epoch in
      guard let best else { return epoch }
      return monitored.direction.isBetter(criterion(of: epoch), criterion(of: best)) ? epoch : best
    }
  }

  /// The monitored metric of an epoch.
  public func criterion(of epoch: Epoch) -> Double {
    (epoch.validation ?? epoch.training).value(of: monitored.name)
  }
}

extension History.Epoch {
  /// The training accuracy; NaN if it is not measured.
  public var trainingAccuracy: Double { training.accuracy }

  /// Nil without validation examples.
  public var validationAccuracy: Double? { validation?.accuracy }
}
