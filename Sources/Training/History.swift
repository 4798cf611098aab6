/// What a run has come to, epoch by epoch and step by step.
public struct History: Hashable, Sendable {
  public struct Epoch: Codable, Hashable, Sendable {
    /// From 1.
    public let epoch: Int

    /// Steps done at its end.
    public let step: Int

    /// The mean loss of its steps, with penalties that are part of it.
    public let loss: Double
    public let trainingAccuracy: Double

    /// Nil where no images are held out.
    public let validationAccuracy: Double?
  }

  public internal(set) var epochs: [Epoch] = []

  /// The loss of every step.
  public internal(set) var losses: [Float] = []

  /// The epoch with the greatest validation accuracy, or training accuracy where no images are held out; the first of
  /// several.
  public var best: Epoch? {
    epochs.reduce(nil) { best, epoch in
      guard let best else { return epoch }
      return epoch.criterion > best.criterion ? epoch : best
    }
  }
}

extension History.Epoch {
  var criterion: Double { validationAccuracy ?? trainingAccuracy }
}
