/// The estimate of a channel's variance of which batch normalization keeps a running average, for use in
/// evaluation.
///
/// Training always normalizes by the biased one.
public enum VarianceEstimate: String, Codable, Hashable, Sendable, CaseIterable {
  /// Σ (x − μ)² / n: the one that normalizes the batch itself.
  case biased

  /// Σ (x − μ)² / (n − 1): as in PyTorch; undefined for a single number.
  case unbiased
}
