import Glibc

/// Rotary position embedding of queries and keys: pairs of channels are turned by angles that grow with the position, so that the
/// product of a query and a key depends on the distance between their positions.
///
///     (y_i, y_j) = (x_i cos a − x_j sin a, x_j cos a + x_i sin a),   a = t · base^(−2i / D),   j = i + D / 2
///
/// Made once for all layers, which share its tables:
///
///     let rotary = RotaryEmbedding(positions: 1024, channels: 64)
///     let y = attention(rotary(query), rotary(key), value, isCausal: true)
///
/// - SeeAlso: Su et al. 2021, "RoFormer". The halves of the channels are paired, as in GPT-NeoX and Llama.
public struct RotaryEmbedding: Sendable {
  /// The cosines of angles, `[T, D / 2]`.
  public let cosines: Tensor

  /// The sines of angles, `[T, D / 2]`.
  public let sines: Tensor

  /// - Parameters:
  ///   - positions: T, how many there are, from 0 on.
  ///   - channels: D, of a head; an even number.
  ///   - base: the greatest wavelength is 2π times nearly this.
  public init(
    positions: Int, channels: Int, base: Double = 10_000, dtype: DType = .float32,
    file: StaticString = #fileID, line: UInt = #line
  ) {
    guard positions > 0, channels > 0, channels.isMultiple(of: 2), base > 0,
      dtype == .float32 || dtype == .float64
    else {
      let invalid = Tensor.invalid(
        "rotaryEmbedding",
        "takes some positions, an even number of channels and a base above 0, in float32 or float64, not \(positions), "
          + "\(channels) and \(base) in \(dtype)", at: Location(file, line))
      (cosines, sines) = (invalid, invalid)
      return
    }
    // In float64: a product of a great position in float32 would be wrong by a visible part of a turn.
    let pairs = channels / 2
    let angles = (0..<positions * pairs).map { index in
      Double(index / pairs) * Glibc.pow(base, -2 * Double(index % pairs) / Double(channels))
    }
    let table = { (function: (Double) -> Double) in
      Tensor(TensorValues(converting: angles.map(function), shape: [positions, pairs], to: dtype))
    }
    (cosines, sines) = (table { Glibc.cos($0) }, table { Glibc.sin($0) })
  }

  /// Turns channels, `[…, T, D]`.
  ///
  /// - Parameters:
  ///   - x: of as many positions as `positions` has, or 0, 1, … T − 1.
  ///   - positions: int32, int64 or uint8 `[T]`, for parts of a sequence; nil for 0, 1, … T − 1.
  public func callAsFunction(
    _ x: Tensor, at positions: Tensor? = nil, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    if let invalid = [x, cosines, positions].compactMap({ $0 }).first(where: { $0.error != nil }) {
      return invalid
    }
    let pairs = cosines.shape[1]
    guard x.rank >= 2, x.shape[x.rank - 1] == 2 * pairs, x.dtype == cosines.dtype,
      positions.map({ $0.shape == [x.shape[x.rank - 2]] }) ?? (x.shape[x.rank - 2] <= cosines.shape[0])
    else {
      let given = positions.map { " at \($0.shape)" } ?? ""
      return .invalid(
        "rotaryEmbedding",
        "for \(cosines.shape[0]) positions of \(2 * pairs) channels takes \(cosines.dtype) […, T, \(2 * pairs)], not "
          + "\(x.dtype)\(x.shape)\(given)", at: Location(file, line))
    }
    let length = x.shape[x.rank - 2]
    let rows = { (table: Tensor) in
      positions.map { table.gathered(at: $0) } ?? table.sliced(from: [0, 0], [length, pairs])
    }
    let (cosine, sine) = (rows(cosines), rows(sines))
    let halves = x.split(into: 2, axis: -1)
    return concatenate(
      [halves[0] * cosine - halves[1] * sine, halves[1] * cosine + halves[0] * sine], axis: -1)
  }
}
