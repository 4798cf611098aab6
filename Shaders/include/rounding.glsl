// Floats to the nearest number of a narrower format, ties to even, by whole numbers: no device needs to have the format, and
// packHalf2x16, which some drivers let cut digits off, is not used. Tests compare every rule with the CPU's, bit by bit.

bool isNotANumber(uint bits) { return (bits & 0x7FFFFFFFu) > 0x7F800000u; }

// Without the lowest bits of the fraction. What is carried goes from the fraction into the exponent, and from the greatest
// exponent to infinity.
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
    // A multiple of 2⁻²⁴. A float is its significand, of 24 bits, times 2^(exponent − 150).
    uint dropped = min(126u - (magnitude >> 23), 25u);
    uint significand = (magnitude & 0x7FFFFFu) | 0x800000u;
    float multiple = float(withoutBits(significand, dropped) >> dropped);
    magnitude = floatBitsToUint(multiple * 5.9604644775390625e-8);
  }
  return uintBitsToFloat((bits & 0x80000000u) | magnitude);
}
