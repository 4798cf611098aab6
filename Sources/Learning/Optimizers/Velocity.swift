/// The quantity that a momentum rule accumulates.
///
/// With a constant learning rate η both give the same parameters. When η changes, accumulated steps keep the
/// rate of their time, while accumulated gradients follow the new one.
public enum Velocity: String, Codable, Hashable, Sendable, CaseIterable {
  /// Steps: η dw.
  case ofSteps

  /// Gradients: dw, multiplied by η when the parameter moves, as PyTorch has it.
  case ofGradients
}
