/// Which variance of a channel's n numbers batch normalization keeps a running mean of, to be used in evaluation.
///
/// While training, numbers are normalized by the biased one always.
public enum VarianceEstimate: String, Codable, Hashable, Sendable, CaseIterable {
  /// Σ (x − μ)² / n: that by which the batch itself is normalized.
  case biased

  /// Σ (x − μ)² / (n − 1): as PyTorch has it; one number has none.
  case unbiased
}
