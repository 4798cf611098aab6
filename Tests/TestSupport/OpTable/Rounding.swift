import Tensors

extension OpTable {
  static let rounding: [OpRow] = Precision.allCases.flatMap { precision -> [OpRow] in
    let corners = precision.corners
    return [
      row(precision, "7×11", .real([7, 11], from: -4, to: 4)),
      row(precision, "as large as several blocks", .real([1237], from: -1e-4, to: 1e-4)),
      row(precision, "corners", .values(TensorValues(corners, shape: [corners.count]))),
    ]
  }

  private static func row(_ precision: Precision, _ note: String, _ input: OpRow.Input) -> OpRow {
    // Exact: the nearest number of the format is unique. No gradient: it is not the derivative of the step
    // function.
    OpRow("rounded(\(precision.rawValue))", note, [input], .exact, gradient: false) {
      $0[0].rounded(to: precision)
    }
  }
}

extension Precision {
  /// Numbers, and their negatives, that are corner cases of rounding: ties, their neighbours, both ends of
  /// the range, subnormal numbers, infinities and NaN.
  package var corners: [Float] {
    let fraction = Float(sign: .plus, exponent: -fractionBits, significand: 1)
    let greatest = Float(sign: .plus, exponent: greatestExponent, significand: 2 - fraction)
    let normal = Float(sign: .plus, exponent: 1 - greatestExponent, significand: 1)
    let least = normal * fraction
    let beyond = greatest + Float(sign: .plus, exponent: greatestExponent - fractionBits, significand: 0.5)
    // Ties to an even and to an odd neighbour, with carries into the next exponent, at both ends of a binade
    // and of the range.
    let ties: [Float] = [
      1 + fraction / 2, 1 + 1.5 * fraction, 2 - fraction / 2, 3 + fraction, 65504 + 8, 65504 + 16, 65504 + 24,
      beyond, 0.5 * least, 1.5 * least, 2.5 * least, normal - least / 2,
      normal + least / 2, 1023.5 * least,
    ]
    let others: [Float] = [
      0, 1, least, normal, greatest, 0x1p-14, 0x1p-24, 0x1p-25, 0x1p-26, 65519.996, 65520, 65536, 1e38,
      .greatestFiniteMagnitude, .leastNormalMagnitude, .leastNonzeroMagnitude, .infinity,
      .leastNormalMagnitude * 0.7,
    ]
    let positive = ties.flatMap { [$0.nextDown, $0, $0.nextUp] } + others
    return positive + positive.map { -$0 } + [.nan]
  }
}
