/// The bit patterns of bfloat16 numbers, for which Swift has no type: the upper halves of float32 numbers.
package enum BFloat16Bits {
  package static func value(of bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

  /// The nearest bfloat16 number, ties to even; infinity from half a step beyond the greatest on.
  ///
  /// NaN stays NaN.
  package static func nearest(to number: Double) -> UInt16 {
    let rounded = Float(number)
    guard !rounded.isNaN else { return UInt16(rounded.bitPattern >> 16) | 0x40 }
    var bits = rounded.bitPattern
    // What the rounding to float32 has turned into a tie is none: a bit below it says on which side the number was.
    if bits & 0xFFFF == 0x8000, Double(rounded) != number {
      bits = Double(rounded).magnitude < number.magnitude ? bits + 1 : bits - 1
    }
    // A carry goes from the fraction to the exponent, and from the greatest exponent to infinity.
    return UInt16((bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
  }
}
