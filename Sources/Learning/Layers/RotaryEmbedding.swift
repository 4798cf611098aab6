import Glibc
public import Tensors

/// Tells places apart by turning pairs of numbers: the further, the more, and each pair at its own speed.
///
///     (a, b) ↦ (a cos θ − b sin θ, b cos θ + a sin θ),   θ = t · base^(−2 i / size)
///
/// for the pair i at place t. The pairs are of the first and the second half of the numbers that turn, as in GPT-NeoX and
/// Llama. What two places have to do with each other depends on their distance only.
///
/// - SeeAlso: Su et al. 2021, "RoFormer: enhanced transformer with rotary position embedding".
public struct RotaryEmbedding: Hashable, Sendable {
  /// How many numbers of a head turn, an even number; the rest stays.
  public let size: Int
  public let base: Double

  public init(size: Int, base: Double = 10_000) {
    precondition(size > 0 && size.isMultiple(of: 2), "\(size) numbers cannot be turned in pairs")
    (self.size, self.base) = (size, base)
  }

  /// Queries or keys `[…, T, d]` turned by their places, the last axis but one.
  public func turned(_ x: Tensor) -> Tensor {
    guard x.error == nil else { return x }
    guard x.rank >= 2, x.dtype.isFloating, x.shape[x.rank - 1] >= size else {
      return .invalid(
        "rotaryEmbedding", "takes floats […, T, d] with at least \(size) numbers d, not \(x.dtype)\(x.shape)")
    }
    let (length, width, half) = (x.shape[x.rank - 2], x.shape[x.rank - 1], size / 2)
    let angles = (0..<length).flatMap { place in
      (0..<half).map { Double(place) * pow(base, -2 * Double($0) / Double(size)) }
    }
    func table(_ function: (Double) -> Double) -> Tensor {
      Tensor(TensorValues(converting: angles.map(function), shape: [length, half], to: x.dtype))
    }
    let (cosine, sine) = (table { cos($0) }, table { sin($0) })
    let parts = x.split([half, half] + (width > size ? [width - size] : []), axis: -1)
    let turned = [parts[0] * cosine - parts[1] * sine, parts[1] * cosine + parts[0] * sine]
    return concatenate(turned + parts.dropFirst(2), axis: -1)
  }
}
