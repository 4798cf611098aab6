/// Where the L2 penalty ½ λ Σ w² acts.
///
/// Without clipped gradients both come to the same parameters.
public enum RegularizationPlace: String, Codable, Hashable, Sendable, CaseIterable {
  /// It is part of the loss, which is reported with it.
  case loss

  /// λ w is added to the gradients, after these have been clipped, and the loss is reported without it: as PyTorch's optimizers do.
  case gradients
}
