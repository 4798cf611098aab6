// Functions of floats that GLSL lacks (expm1) or underspecifies: its exponential and logarithm of NaN,
// outside their domain, and of subnormals; its power, which has no negative bases and low accuracy; and the
// remainder, where a rounded quotient does not suffice. As elementary.glsl, with fewer terms; subnormals are
// handled as integers, because devices may flush them to zero.
//
// `precise` where rounding matters: otherwise compilers may reassociate sums, and contract to FMA or not.

const float LOG2_E_32 = 1.44269504;
// ln 2 in two parts. The first has 9 bits, so that its product with an integer below 2¹⁵ is exact.
const float LN2_HIGH_32 = 0.693359375;
const float LN2_LOW_32 = -2.12194440e-4;

float notANumber32() { return uintBitsToFloat(0x7FC00000u); }
float infinity32() { return uintBitsToFloat(0x7F800000u); }

// x · 2ⁿ by two factors, because 2ⁿ overflows before the product does. For −252 ≤ n ≤ 254.
float scaled32(float x, int n) {
  return x * uintBitsToFloat(uint((n >> 1) + 127) << 23) * uintBitsToFloat(uint(n - (n >> 1) + 127) << 23);
}

// x = n ln 2 + r with |r| ≤ ½ ln 2; returns n and eʳ − 1 = r + r²/2! + … + r⁸/8!, with a relative remainder
// below 2⁻³⁰. x is clamped to −104 and 89, where eˣ is 0 and infinite; so is NaN.
float reducedExponential32(float x, out int n) {
  x = x >= -104.0 ? (x <= 89.0 ? x : 89.0) : -104.0;
  float whole = floor(x * LOG2_E_32 + 0.5);
  n = int(whole);
  precise float high = x - whole * LN2_HIGH_32;
  precise float low = whole * LN2_LOW_32;
  precise float r = high - low;
  float p = 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  precise float y = high - (low - r * r * p);
  return y;
}

// eˣ − 1 = 2ⁿ (eʳ − 1) + (2ⁿ − 1). From 2²⁵ on the subtracted 1 is below half an ulp.
float expm1_32(float x) {
  int n;
  float y = reducedExponential32(x, n);
  float power = scaled32(1.0, min(n, 25));
  precise float near = power * y + (power - 1.0);
  return isnan(x) || x == 0.0 ? x : (n > 25 ? scaled32(1.0 + y, n) : near);
}

// The rounded product and its rounding error (Dekker 1971), without FMA, which Vulkan does not guarantee. For
// |a|, |b| < 2¹¹⁵.
float product32(float a, float b, out float rest) {
  precise float aBig = a * 4097.0, bBig = b * 4097.0;  // 2¹² + 1
  precise float aHigh = aBig - (aBig - a), bHigh = bBig - (bBig - b);
  precise float aLow = a - aHigh, bLow = b - bHigh;
  precise float y = a * b;
  precise float lost = ((aHigh * bHigh - y) + aHigh * bLow + aLow * bHigh) + aLow * bLow;
  rest = lost;
  return y;
}

// ln x in two parts, with a relative error of 2⁻³⁰, for finite x > 0: x = 2ᵉ (1 + f) with 1 + f in [√½, √2),
// ln x = e ln 2 + 2 artanh s with s = f / (2 + f).
float logInTwoParts32(float x, out float low) {
  uint bits = floatBitsToUint(x);
  int shift = bits < 0x00800000u ? 23 - findMSB(bits) : 0;
  // 0x3F3504F3 is √½: relative to it, the significand carries into the exponent at √2.
  bits = (shift > 0 ? (bits << shift) & 0x7FFFFFu | 0x00800000u : bits) + (0x3F800000u - 0x3F3504F3u);
  int e = int(bits >> 23) - 127 - shift;
  float f = uintBitsToFloat((bits & 0x7FFFFFu) + 0x3F3504F3u) - 1.0;
  precise float d = 2.0 + f;
  precise float dLow = f - (d - 2.0);
  float sHigh = f / d, lost;
  float back = product32(sHigh, d, lost);
  precise float sLow = (((f - back) - lost) - sHigh * dLow) / d;
  float z = sHigh * sHigh;
  float tail = 2.0 / 13.0;
  tail = tail * z + 2.0 / 11.0;
  tail = tail * z + 2.0 / 9.0;
  tail = tail * z + 2.0 / 7.0;
  tail = tail * z + 2.0 / 5.0;
  tail = tail * z + 2.0 / 3.0;
  tail = tail * z;
  precise float whole = float(e) * LN2_HIGH_32;
  precise float sum = whole + 2.0 * sHigh;
  precise float sumLow = 2.0 * sHigh - (sum - whole);
  precise float rest = sumLow + (2.0 * sLow + sHigh * tail + float(e) * LN2_LOW_32);
  precise float high = sum + rest;
  precise float left = rest - (high - sum);
  low = left;
  return high;
}

// The device's own functions where they are specified. Vulkan leaves NaN, and logarithms of zero, negative
// numbers and subnormals undefined, and devices differ.
float exp32(float x) { return isnan(x) ? x : exp(x); }

float log32(float x) {
  uint bits = floatBitsToUint(x);
  if (bits << 1 == 0u) return -infinity32();
  // All negative numbers, and NaN of either sign, have greater bits than infinity.
  if (bits >= 0x7F800000u) return bits == 0x7F800000u ? x : notANumber32();
  if (bits >= 0x00800000u) return log(x);
  float low;
  return logInTwoParts32(x, low) + low;
}

// A polynomial near zero, because 1 − 2 / (e²ˣ + 1) cancels there; no overflow for large numbers.
float tanh32(float x) {
  if (isnan(x)) return x;
  float z = x * x;
  float near = x + x * z * (-0.33333333 + z * (0.13333333 + z * (-0.05396825 + z * (0.021869488 - 0.0088632355 * z))));
  return abs(x) < 0.3 ? near : sign(x) * (1.0 - 2.0 / (exp(2.0 * abs(x)) + 1.0));
}

float sigmoid32(float x) { return 1.0 / (1.0 + exp32(-x)); }

// aᵇ = exp (b ln a) for a > 0, both finite. The exponent is computed in two parts, because its absolute error
// is the relative error of the result.
float powerOfPositive32(float a, float b) {
  // Clamped to where every a except 1 overflows or underflows.
  float exponent = b >= -1e12 ? (b <= 1e12 ? b : 1e12) : -1e12;
  float low, rest;
  float high = logInTwoParts32(a, low);
  float x = product32(exponent, high, rest);
  // Where the result overflows or underflows the remainder may be large, and is irrelevant.
  rest = abs(x) <= 104.0 ? rest + exponent * low : 0.0;
  int n;
  float y = reducedExponential32(x, n);
  precise float power = 1.0 + (y + rest * (1.0 + y));
  return scaled32(power, n);
}

// As in C: aᵇ of a negative base is defined for integer exponents, and negative for odd ones.
float power32(float a, float b) {
  if (b == 0.0 || a == 1.0) return 1.0;
  if (isnan(a) || isnan(b)) return notANumber32();
  bool isWhole = floor(b) == b;
  bool isOdd = abs(b) < 16777216.0 && isWhole && floor(0.5 * b) != 0.5 * b;
  float size = abs(a), result;
  if (isinf(b)) result = size == 1.0 ? 1.0 : ((size > 1.0) == (b > 0.0) ? infinity32() : 0.0);
  else if ((floatBitsToUint(size) & 0x7FFFFFFFu) == 0u || isinf(a)) result = isinf(a) == (b > 0.0) ? infinity32() : 0.0;
  else if (floatBitsToUint(a) >> 31 == 1u && !isWhole) return notANumber32();
  else result = powerOfPositive32(size, b);
  return isOdd && floatBitsToUint(a) >> 31 == 1u ? -result : result;
}

// The exact remainder of a / b, with the sign of a, by long division of the significands as integers.
float remainder32(float a, float b) {
  uint x = floatBitsToUint(a) & 0x7FFFFFFFu, y = floatBitsToUint(b) & 0x7FFFFFFFu;
  if (x >= 0x7F800000u || y > 0x7F800000u || y == 0u) return notANumber32();
  if (x < y) return a;
  // A number is its significand times 2^(exponent − 150); subnormals have the least normal exponent.
  int exponent = max(int(y >> 23), 1);
  uint divisor = y >> 23 > 0u ? (y & 0x7FFFFFu) | 0x800000u : y;
  uint rest = (x >> 23 > 0u ? (x & 0x7FFFFFu) | 0x800000u : x) % divisor;
  for (int shift = max(int(x >> 23), 1) - exponent; shift > 0; shift -= 8) rest = (rest << min(shift, 8)) % divisor;
  uint result = 0u;
  if (rest != 0u) {
    // Normalizes: shifts the highest bit to its position, or as far as the least exponent allows.
    int lift = min(23 - findMSB(rest), exponent - 1);
    rest <<= lift;
    result = rest >= 0x800000u ? uint(exponent - lift) << 23 | (rest & 0x7FFFFFu) : rest;
  }
  return uintBitsToFloat(result | (floatBitsToUint(a) & 0x80000000u));
}
