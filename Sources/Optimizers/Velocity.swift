/// What the velocity of a momentum rule adds up.
///
/// As long as the learning rate η stays the same, both come to the same parameters. When it changes, steps that were taken keep the
/// rate of their time, while gradients follow the new one.
public enum Velocity: String, Codable, Hashable, Sendable, CaseIterable {
  /// Steps: η dw.
  case ofSteps

  /// Gradients: dw, multiplied by η when the parameter moves, as PyTorch has it.
  case ofGradients
}
