/// What a run has come to, epoch by epoch and step by step.
public struct History: Hashable, Sendable {
  public struct Epoch: Codable, Hashable, Sendable {
    /// From 1.
    public let epoch: Int

    /// Steps done at its end.
    public let step: Int

    /// The mean loss of its steps, with penalties that are part of it.
    public let loss: Double

    /// What was measured on the first of the training examples.
    public let training: Evaluation

    /// What was measured on examples that are held out; nil where there are none.
    public let validation: Evaluation?
  }

  public internal(set) var epochs: [Epoch] = []

  /// The loss of every step.
  public internal(set) var losses: [Float] = []

  /// What the best epoch is the best by.
  public let monitored: Monitored

  public init(monitoring monitored: Monitored = .loss) { self.monitored = monitored }

  /// The epoch with the best monitored number on examples held out, or on training examples where there are none; the first of several.
  public var best: Epoch? {
    epochs.reduce(nil) { best, epoch in
      guard let best else { return epoch }
      return monitored.direction.isBetter(criterion(of: epoch), criterion(of: best)) ? epoch : best
    }
  }

  /// The number that an epoch is judged by.
  public func criterion(of epoch: Epoch) -> Double {
    (epoch.validation ?? epoch.training).value(of: monitored.name)
  }
}

extension History.Epoch {
  /// The accuracy on training examples; NaN where none is measured.
  public var trainingAccuracy: Double { training.accuracy }

  /// Nil where no examples are held out.
  public var validationAccuracy: Double? { validation?.accuracy }
}
