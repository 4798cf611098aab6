import Tensors

import Glibc

extension Precision {
  /// The number of this format that is nearest, ties to even, by definition: numbers with the exponent e are multiples of
  /// 2^(e − fraction bits), subnormal ones those of the least normal exponent.
  func nearest(to x: Double) -> Double {
    guard x.isFinite, x != 0 else { return x }
    let exponent = max(Int(x.exponent), 1 - greatestExponent)
    let unit = scalbn(1, exponent - fractionBits)
    // Products with a power of two are exact.
    let rounded = (x / unit).rounded(.toNearestOrEven) * unit
    return abs(rounded) < scalbn(2, greatestExponent) ? rounded : x < 0 ? -.infinity : .infinity
  }
}
