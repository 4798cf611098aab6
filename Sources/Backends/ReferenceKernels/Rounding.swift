import Tensors

import Glibc

extension Precision {
  /// The nearest number of this format, ties to even, by definition: numbers with exponent e are multiples of
  /// 2^(e − fraction bits), subnormal ones those of the least normal exponent.
  func nearest(to x: Double) -> Double {
    guard x.isFinite, x != 0 else { return x }
    let exponent = max(Int(x.exponent), 1 - greatestExponent)
    let unit = scalbn(1, exponent - fractionBits)
    // Multiplication by a power of two is exact.
    let rounded = (x / unit).rounded(.toNearestOrEven) * unit
    return abs(rounded) < scalbn(2, greatestExponent) ? rounded : x < 0 ? -.infinity : .infinity
  }
}
