// Elements of two bytes in a buffer of words, little-endian: not every device supports 16-bit access
// (storageBuffer16BitAccess). Their numbers are converted by integer arithmetic, because drivers may flush subnormal ones.
#define HALF(words, i) ((words[(i) >> 1] >> (((i) & 1u) << 4)) & 0xFFFFu)

// Replaces one half of a word while another invocation may replace the other.
#define STORE_HALF(words, i, value)                                \
  do {                                                             \
    atomicAnd(words[(i) >> 1], ~(0xFFFFu << (((i) & 1u) << 4)));   \
    atomicOr(words[(i) >> 1], (value) << (((i) & 1u) << 4));       \
  } while (false)

// Stores elements first and first + 1 as one word, the second one only if it comes before `count`: no other
// invocation writes what comes after it.
#define STORE_HALVES(words, first, count, word)                                        \
  do {                                                                                 \
    bool isWhole = (first) + 2u <= (count);                                            \
    words[(first) >> 1] = isWhole ? (word) : (words[(first) >> 1] & 0xFFFF0000u) | (word); \
  } while (false)

// NaNs become quiet, as they do in arithmetic.
float float16Value(uint bits) {
  uint sign = (bits & 0x8000u) << 16, rest = bits & 0x7FFFu;
  uint magnitude = rest < 0x400u ? floatBitsToUint(float(rest) * 5.9604644775390625e-8)  // multiples of 2⁻²⁴
    : rest < 0x7C00u ? (rest << 13) + 0x38000000u
    : 0x7F800000u | ((rest & 0x3FFu) << 13) | (rest > 0x7C00u ? 0x400000u : 0u);
  return uintBitsToFloat(sign | magnitude);
}

float bfloat16Value(uint bits) {
  return uintBitsToFloat((bits << 16) | ((bits & 0x7FFFu) > 0x7F80u ? 0x400000u : 0u));
}

// The bits of a number that a float16 represents exactly: casts have rounded it.
uint float16Bits(float x) {
  uint bits = floatBitsToUint(x), sign = (bits >> 16) & 0x8000u, magnitude = bits & 0x7FFFFFFFu;
  if (magnitude < 0x38800000u) return sign | uint(uintBitsToFloat(magnitude) * 16777216.0);
  if (magnitude < 0x47800000u) return sign | ((magnitude - 0x38000000u) >> 13);
  return sign | 0x7C00u | (magnitude > 0x7F800000u ? 0x200u | ((magnitude >> 13) & 0x3FFu) : 0u);
}

uint bfloat16Bits(float x) {
  uint bits = floatBitsToUint(x);
  return (bits >> 16) | ((bits & 0x7FFFFFFFu) > 0x7F800000u ? 0x40u : 0u);
}
