/// Dynamic loss scaling, which keeps float16 gradients within the format's range: the loss is multiplied by a
/// scale s that adapts during the run.
///
///     g′ = ∂(s · loss),   g = g′ / s
///     some g′ is not finite:                     s ← s / 2, and the step changes nothing else
///     so many steps in a row where all are:      s ← 2 s
///
/// Without it most gradients would be below 2⁻²⁴ and be rounded to zero.
///
/// - SeeAlso: Micikevicius et al. 2018, "Mixed precision training", section 3.2.
public struct LossScaling: Hashable, Sendable {
  /// The initial scale: a power of two, so that scaling is exact.
  public var initialScale = 65536.0

  /// The number of consecutive good steps after which the scale is doubled.
  public var growthInterval = 2000

  public init() {}

  /// Scales that, like their inverses, are float32 numbers.
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
