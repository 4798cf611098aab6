// Rounds floats to a narrower format, ties to even, by integer arithmetic: no device needs to support the
// format, and packHalf2x16, which truncates with some drivers, is not used. Tests compare with the CPU
// bitwise.

bool isNotANumber(uint bits) { return (bits & 0x7FFFFFFFu) > 0x7F800000u; }

// Rounds away the `dropped` lowest bits of the fraction. A carry propagates from the fraction to the
// exponent, and from the greatest exponent to infinity.
uint withoutBits(uint bits, uint dropped) {
  uint isOdd = (bits >> dropped) & 1u;
  return ((bits + (1u << (dropped - 1u)) - 1u + isOdd) >> dropped) << dropped;
}

float roundedToTF32(float x) {
  uint bits = floatBitsToUint(x);
  return isNotANumber(bits) ? x : uintBitsToFloat(withoutBits(bits, 13u));
}

float roundedToBFloat16(float x) {
  uint bits = floatBitsToUint(x);
  return isNotANumber(bits) ? x : uintBitsToFloat(withoutBits(bits, 16u));
}

float roundedToFloat16(float x) {
  uint bits = floatBitsToUint(x);
  if (isNotANumber(bits)) return x;
  uint magnitude = bits & 0x7FFFFFFFu;
  if (magnitude >= 0x38800000u) {  // 2⁻¹⁴, the least normal number
    magnitude = withoutBits(magnitude, 13u);
    if (magnitude >= 0x47800000u) magnitude = 0x7F800000u;  // 65536, half a step beyond the greatest
  } else {
    // A multiple of 2⁻²⁴. A float is its 24-bit significand times 2^(exponent − 150).
    uint dropped = min(126u - (magnitude >> 23), 25u);
    uint significand = (magnitude & 0x7FFFFFu) | 0x800000u;
    float multiple = float(withoutBits(significand, dropped) >> dropped);
    magnitude = floatBitsToUint(multiple * 5.9604644775390625e-8);
  }
  return uintBitsToFloat((bits & 0x80000000u) | magnitude);
}
