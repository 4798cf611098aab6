/// The format of sums of gradients over micro-batches.
///
/// Every micro-batch's gradients and every sum of two are rounded to it, wherever they are computed, so that any number of ranks has
/// the same bits. Small parameters, statistics and losses are summed in float32.
public enum GradientPrecision: String, Codable, Hashable, Sendable, CaseIterable {
  case float32

  /// Half the bytes, and sums with errors of up to 2⁻⁹ of their size in each addition.
  case bfloat16 = "bf16"
}
