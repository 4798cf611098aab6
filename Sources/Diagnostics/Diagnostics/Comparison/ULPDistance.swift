/// The distance of two floating-point numbers in units in the last place (ulp).
///
/// 0 for equal numbers, including zeros of either sign, and for two NaN; across zero all small numbers are
/// counted. Infinities follow the greatest finite numbers. Nil between a NaN and a number.
package func ulpDistance(_ a: Float, _ b: Float) -> UInt64? {
  guard !a.isNaN, !b.isNaN else { return a.isNaN && b.isNaN ? 0 : nil }
  return distance(Int64(a.bitPattern & 0x7FFF_FFFF), a.sign, Int64(b.bitPattern & 0x7FFF_FFFF), b.sign)
}

/// The same for float64.
package func ulpDistance(_ a: Double, _ b: Double) -> UInt64? {
  guard !a.isNaN, !b.isNaN else { return a.isNaN && b.isNaN ? 0 : nil }
  return distance(Int64(a.bitPattern & .max >> 1), a.sign, Int64(b.bitPattern & .max >> 1), b.sign)
}

/// Given the bits without the sign, which are ordered as the numbers.
private func distance(_ a: Int64, _ signOfA: FloatingPointSign, _ b: Int64, _ signOfB: FloatingPointSign)
  -> UInt64
{
  signOfA == signOfB ? (a - b).magnitude : a.magnitude + b.magnitude
}
