/// How many steps from one floating point number to the next lie between two of them: units in the last place.
///
/// 0 for numbers that are equal, zeros of either sign among them, and for two NaN; across zero all small numbers are counted.
/// Infinities come after the greatest finite numbers. Nil from a NaN to a number.
package func ulpDistance(_ a: Float, _ b: Float) -> UInt64? {
  guard !a.isNaN, !b.isNaN else { return a.isNaN && b.isNaN ? 0 : nil }
  return distance(Int64(a.bitPattern & 0x7FFF_FFFF), a.sign, Int64(b.bitPattern & 0x7FFF_FFFF), b.sign)
}

/// The same of float64.
package func ulpDistance(_ a: Double, _ b: Double) -> UInt64? {
  guard !a.isNaN, !b.isNaN else { return a.isNaN && b.isNaN ? 0 : nil }
  return distance(Int64(a.bitPattern & .max >> 1), a.sign, Int64(b.bitPattern & .max >> 1), b.sign)
}

/// Of numbers by their bits without the sign, which are in the order of the numbers.
private func distance(_ a: Int64, _ signOfA: FloatingPointSign, _ b: Int64, _ signOfB: FloatingPointSign)
  -> UInt64
{
  signOfA == signOfB ? (a - b).magnitude : a.magnitude + b.magnitude
}
