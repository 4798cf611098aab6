/// The place where the L2 penalty ½ λ Σ w² acts.
///
/// Without gradient clipping both give the same parameters.
public enum RegularizationPlace: String, Codable, Hashable, Sendable, CaseIterable {
  /// It is part of the reported loss.
  case loss

  /// λ w is added to the gradients after clipping, and the reported loss is without it: as PyTorch's
  /// optimizers do.
  case gradients
}
