// Functions of floats that GLSL lacks (expm1, log1p, erf), or leaves loosely defined: its sine and cosine, what its exponential and
// logarithm make of NaN, of numbers that have none, and of those below the least normal one; its power, which has no negative bases and few digits; and a remainder, which
// a division does not give where the quotient is rounded. As in elementary.glsl, but for the number of terms; numbers below the least
// normal one are taken apart as whole numbers, because devices may take them as zero.
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

// The device's own functions where they are defined. What they make of NaN, and a logarithm of zero, negative numbers and those below
// the least normal one, is left to devices, and differs.
float exp_32(float x) { return isnan(x) ? x : exp(x); }

float log_32(float x) {
  uint bits = floatBitsToUint(x);
  if (bits << 1 == 0u) return -infinity32();
  // All negative numbers, and NaN of either sign, have greater bits than infinity.
  if (bits >= 0x7F800000u) return bits == 0x7F800000u ? x : notANumber32();
  if (bits >= 0x00800000u) return log(x);
  float low;
  return logInTwoParts32(x, low) + low;
}

// Near zero by a polynomial, because 1 − 2 / (e²ˣ + 1) loses digits there; far out without overflow.
float tanh_32(float x) {
  if (isnan(x)) return x;
  float z = x * x;
  float near = x + x * z * (-0.33333333 + z * (0.13333333 + z * (-0.05396825 + z * (0.021869488 - 0.0088632355 * z))));
  return abs(x) < 0.3 ? near : sign(x) * (1.0 - 2.0 / (exp(2.0 * abs(x)) + 1.0));
}

float sigmoid_32(float x) { return 1.0 / (1.0 + exp_32(-x)); }

// log (1 + x) as the logarithm of 1 + x and what its rounding lost, d: ln (u + d) ≈ ln u + d / u.
float log1p_32(float x) {
  if (isnan(x) || x == 0.0) return x;
  precise float u = 1.0 + x;
  precise float lost = x > 1.0 ? 1.0 - (u - x) : x - (u - 1.0);
  // In two parts where the device's logarithm has few digits, around 1.
  if (!(u > 0.0) || isinf(u)) return log_32(u);
  float low = 0.0;
  float high = logInTwoParts32(u, low);
  return high + (low + lost / u);
}

// 32 bits of 2/π, whose whole part are the bits 0 to 31, from this one on; for 0 ≤ first < 192.
uint twoOverPi32(int first) {
  const uint bits[7] = uint[7](0u, 0xA2F9836Eu, 0x4E441529u, 0xFC2757D1u, 0xF534DDC0u, 0xDB629599u, 0x3C439041u);
  int index = first >> 5, shift = first & 31;
  return shift == 0 ? bits[index] : bits[index] << shift | bits[index + 1] >> (32 - shift);
}

// x = n π/2 + r with |r| ≤ π/4, for 2 ≤ |x| and finite (Payne and Hanek 1983): the significand of x as a whole number times those 96 bits
// of 2/π from which the product modulo 4 comes. Its upper two bits are the quadrant, the rest is the fraction of a quarter turn.
float reducedFarAngle32(float x, out int quadrant) {
  uint word = floatBitsToUint(abs(x));
  uint significand = word << 8 | 0x80000000u;
  // x = significand · 2^(exponent − 31): what stands before this bit of 2/π makes multiples of 4.
  int first = int(word >> 23) - 127 - 1;
  uint low, lowCarried, middle, middleCarried, carry;
  umulExtended(significand, twoOverPi32(first + 64), lowCarried, low);
  umulExtended(significand, twoOverPi32(first + 32), middleCarried, middle);
  middle = uaddCarry(middle, lowCarried, carry);
  uint top = significand * twoOverPi32(first) + middleCarried + carry;
  quadrant = int(top >> 30);
  top = top << 2 | middle >> 30;
  middle = middle << 2 | low >> 30;
  bool isUpper = (top & 0x80000000u) != 0u;
  if (isUpper) {
    quadrant++;
    middle = ~middle + 1u;
    top = ~top + (middle == 0u ? 1u : 0u);
  }
  int lead = top == 0u ? 0 : 31 - findMSB(top);
  uint digits = lead == 0 ? top : top << lead | middle >> (32 - lead);
  float turn = float(digits) * uintBitsToFloat(uint(127 - 32 - lead) << 23) * 1.57079632679;
  if (isUpper) turn = -turn;
  if (x < 0.0) {
    quadrant = -quadrant;
    turn = -turn;
  }
  return turn;
}

// x = n π/2 + r: near zero with π/2 in three parts, of which the first two have so few bits that their products by n are exact
// (Cody and Waite 1980).
float reducedAngle32(float x, out int quadrant) {
  if (!(abs(x) <= 4096.0)) return reducedFarAngle32(x, quadrant);
  float n = floor(x * 0.63661977 + 0.5);
  quadrant = int(n);
  precise float first = x - n * 1.5703125;
  precise float second = first - n * 4.8351287841796875e-4;
  precise float r = second - n * 3.1385570764541626e-7;
  precise float rest = r - n * 6.0771005065061922e-11;
  return rest;
}

float sineOrCosine32(float r, int quadrant) {
  float z = r * r;
  float sine = r + r * z * (-1.6666667e-1 + z * (8.3333333e-3 + z * (-1.9841270e-4 + z * 2.7557319e-6)));
  float cosine =
      1.0 + z * (-0.5 + z * (4.1666667e-2 + z * (-1.3888889e-3 + z * (2.4801587e-5 - z * 2.7557319e-7))));
  float y = (quadrant & 1) != 0 ? cosine : sine;
  return (quadrant & 2) != 0 ? -y : y;
}

float sin_32(float x) {
  if (isnan(x) || isinf(x)) return notANumber32();
  if (x == 0.0) return x;
  int quadrant;
  float r = reducedAngle32(x, quadrant);
  return sineOrCosine32(r, quadrant);
}

float cos_32(float x) {
  if (isnan(x) || isinf(x)) return notANumber32();
  int quadrant;
  float r = reducedAngle32(x, quadrant);
  return sineOrCosine32(r, quadrant + 1);
}

// erf x = x P(x²) / Q(x²), a rational approximation for |x| < 4, beyond which it is 1 (as in Eigen's float kernels).
float erf_32(float x) {
  if (isnan(x)) return x;
  float clamped = clamp(x, -3.8325069, 3.8325069);
  float z = clamped * clamped;
  float p = -2.72614225801306e-10;
  p = p * z + 2.77068142495902e-08;
  p = p * z - 2.10102402082508e-06;
  p = p * z - 5.69250639462346e-05;
  p = p * z - 7.34990630326855e-04;
  p = p * z - 2.95459980854025e-03;
  p = p * z - 1.60960333262415e-02;
  float q = -1.45660718464996e-05;
  q = q * z - 2.13374055278905e-04;
  q = q * z - 1.68282697438203e-03;
  q = q * z - 7.37332916720468e-03;
  q = q * z - 1.42647390514189e-02;
  return clamp(clamped * (p / q), -1.0, 1.0);
}

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
