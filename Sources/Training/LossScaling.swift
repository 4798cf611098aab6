/// How the gradients of a run in float16 are kept within that format's range: the loss is multiplied by a scale s, which
/// follows the run.
///
///     g′ = ∂(s · loss),   g = g′ / s
///     some g′ is not finite:                     s ← s / 2, and the step changes nothing else
///     so many steps in a row where all are:      s ← 2 s
///
/// Without it most of what flows back would lie below 2⁻²⁴ and be rounded to zero.
///
/// - SeeAlso: Micikevicius et al. 2018, "Mixed precision training", section 3.2.
public struct LossScaling: Hashable, Sendable {
  /// The first scale: a power of two, so that scaling loses nothing.
  public var initialScale = 65536.0

  /// After how many good steps in a row the scale is doubled.
  public var growthInterval = 2000

  public init() {}

  /// Scales that are float32 numbers, as are their inverses.
  static let range = 0x1p-126...0x1p126

  func check() throws(TrainingError) {
    guard LossScaling.range.contains(initialScale), initialScale.significand == 1 else {
      throw .setting(
        "the first loss scale is \(initialScale), but has to be a power of two from 2⁻¹²⁶ to 2¹²⁶")
    }
    guard (1...Int(Int32.max)).contains(growthInterval) else {
      throw .setting(
        "the loss scale grows after \(growthInterval) steps, but that has to be from 1 to \(Int32.max)")
    }
  }
}
