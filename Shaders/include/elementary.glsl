// Elementary functions of doubles, which GLSL has for floats only, and rounding to narrower formats. Argument
// reduction as in fdlibm (Sun Microsystems 1993); the polynomials are Taylor series with a remainder far
// below the rounding error. The test "Elementary functions in float64" measures the error of each in ulp.
//
// `precise` where rounding matters: otherwise compilers may reassociate sums, and contract to FMA or not.

const double LOG2_E = 1.4426950408889634lf;
// ln 2 in two parts. The first has 33 bits, so that its product with an integer below 2²⁰ is exact.
const double LN2_HIGH = 6.93147180369123816490e-01lf;
const double LN2_LOW = 1.90821492927058770002e-10lf;

double notANumber() { return packDouble2x32(uvec2(0u, 0x7FF80000u)); }
double infinity() { return packDouble2x32(uvec2(0u, 0x7FF00000u)); }

// 2ⁿ by its bits, for −1022 ≤ n ≤ 1023.
double powerOfTwo(int n) { return packDouble2x32(uvec2(0u, uint(n + 1023) << 20)); }

// x · 2ⁿ by two factors, because 2ⁿ overflows before the product does.
double scaled(double x, int n) { return x * powerOfTwo(n >> 1) * powerOfTwo(n - (n >> 1)); }

// Rounds to the nearest, ties to even, in the format of so many fraction bits and this greatest exponent.
// Numbers with exponent e are multiples of 2^(e − fraction bits); subnormal ones have the unit of the least
// normal exponent.
double rounded64(double x, int fractionBits, int greatestExponent) {
  if (isnan(x) || isinf(x)) return x;
  int e = max(int((unpackDouble2x32(x).y >> 20) & 0x7FFu) - 1023, 1 - greatestExponent) - fractionBits;
  double y = roundEven(x * powerOfTwo(-e)) * powerOfTwo(e);
  if (abs(y) < powerOfTwo(greatestExponent + 1)) return y;
  return x < 0.0lf ? -infinity() : infinity();
}

// x = n ln 2 + r with |r| ≤ ½ ln 2; returns n and eʳ − 1 = r + r²/2! + … + r¹³/13!, with a relative remainder
// below 2⁻⁵⁶. x is clamped to −746 and 710, where eˣ is 0 and infinite; so is NaN.
double reducedExponential(double x, out int n) {
  x = x >= -746.0lf ? (x <= 710.0lf ? x : 710.0lf) : -746.0lf;
  double whole = floor(x * LOG2_E + 0.5lf);
  n = int(whole);
  precise double high = x - whole * LN2_HIGH;
  precise double low = whole * LN2_LOW;
  precise double r = high - low;
  double p = 1.0lf / 6227020800.0lf;
  p = p * r + 1.0lf / 479001600.0lf;
  p = p * r + 1.0lf / 39916800.0lf;
  p = p * r + 1.0lf / 3628800.0lf;
  p = p * r + 1.0lf / 362880.0lf;
  p = p * r + 1.0lf / 40320.0lf;
  p = p * r + 1.0lf / 5040.0lf;
  p = p * r + 1.0lf / 720.0lf;
  p = p * r + 1.0lf / 120.0lf;
  p = p * r + 1.0lf / 24.0lf;
  p = p * r + 1.0lf / 6.0lf;
  p = p * r + 0.5lf;
  // r + r² p, with the leading r in its two parts.
  precise double y = high - (low - r * r * p);
  return y;
}

// eˣ = 2ⁿ eʳ.
double exp_64(double x) {
  int n;
  double y = reducedExponential(x, n);
  return isnan(x) ? x : scaled(1.0lf + y, n);
}

// eˣ − 1 = 2ⁿ (eʳ − 1) + (2ⁿ − 1). From 2⁵⁴ on the subtracted 1 is below half an ulp.
double expm1_64(double x) {
  int n;
  double y = reducedExponential(x, n);
  double power = scaled(1.0lf, min(n, 54));
  precise double near = power * y + (power - 1.0lf);
  return isnan(x) || x == 0.0lf ? x : (n > 54 ? scaled(1.0lf + y, n) : near);
}

// x = 2ᵉ (1 + f) with 1 + f in [√½, √2), for x > 0 and finite.
double fraction(double x, out int e) {
  bool isSubnormal = x < 2.2250738585072014e-308lf;
  uvec2 bits = unpackDouble2x32(isSubnormal ? x * 18014398509481984.0lf : x);
  // 0x3FE6A09E is the upper word of √½: relative to it, the significand carries into the exponent at √2.
  uint high = bits.y + (0x3FF00000u - 0x3FE6A09Eu);
  e = int(high >> 20) - 1023 - (isSubnormal ? 54 : 0);
  return packDouble2x32(uvec2(bits.x, (high & 0xFFFFFu) + 0x3FE6A09Eu)) - 1.0lf;
}

// ln (1 + f) = 2 artanh s = 2 s + s R with s = f / (2 + f): R = 2 s²/3 + 2 s⁴/5 + … + 2 s²⁴/25, remainder
// below 2⁻⁶⁶.
double logTail(double s) {
  double z = s * s;
  double p = 2.0lf / 25.0lf;
  p = p * z + 2.0lf / 23.0lf;
  p = p * z + 2.0lf / 21.0lf;
  p = p * z + 2.0lf / 19.0lf;
  p = p * z + 2.0lf / 17.0lf;
  p = p * z + 2.0lf / 15.0lf;
  p = p * z + 2.0lf / 13.0lf;
  p = p * z + 2.0lf / 11.0lf;
  p = p * z + 2.0lf / 9.0lf;
  p = p * z + 2.0lf / 7.0lf;
  p = p * z + 2.0lf / 5.0lf;
  p = p * z + 2.0lf / 3.0lf;
  return p * z;
}

// ln x = e ln 2 + ln (1 + f). With h = f²/2, 2 s is f − h + s h, of which f, the greatest part, is exact.
double log_64(double x) {
  int e;
  double f = fraction(x, e);
  double s = f / (2.0lf + f), h = 0.5lf * f * f;
  precise double y = double(e) * LN2_HIGH - ((h - (s * (h + logTail(s)) + double(e) * LN2_LOW)) - f);
  if (isnan(x) || x < 0.0lf) return notANumber();
  return x == 0.0lf ? -infinity() : (x == infinity() ? x : y);
}

// tanh |x| = t / (t + 2) with t = e²ˣ − 1 = 2ⁿ (eʳ − 1) + (2ⁿ − 1), which loses no digits near zero. From 22 on it is 1.
double tanh_64(double x) {
  int n;
  double y = reducedExponential(2.0lf * min(abs(x), 22.0lf), n);
  double power = powerOfTwo(n);
  precise double t = power * y + (power - 1.0lf);
  double result = t / (t + 2.0lf);
  return isnan(x) ? x : (x < 0.0lf ? -result : result);
}

// 1 / (1 + e⁻ˣ); where e⁻ˣ is infinite this is 0, as it should be.
double sigmoid_64(double x) { return 1.0lf / (1.0lf + exp_64(-x)); }

// log (1 + x): near zero 2 artanh s with s = x / (2 + x), whose tail is that of the logarithm.
double log1p_64(double x) {
  if (isnan(x) || x == 0.0lf) return x;
  if (abs(x) > 0.4lf) return log_64(1.0lf + x);
  double s = x / (2.0lf + x), h = 0.5lf * x * x;
  precise double y = x - (h - s * (h + logTail(s)));
  return y;
}

// 2/π in parts of 24 bits.
const uint TWO_OVER_PI[48] = uint[48](
    0xA2F983u, 0x6E4E44u, 0x1529FCu, 0x2757D1u, 0xF534DDu, 0xC0DB62u, 0x95993Cu, 0x439041u,
    0xFE5163u, 0xABDEBBu, 0xC561B7u, 0x246E3Au, 0x424DD2u, 0xE00649u, 0x2EEA09u, 0xD1921Cu,
    0xFE1DEBu, 0x1CB129u, 0xA73EE8u, 0x8235F5u, 0x2EBB44u, 0x84E99Cu, 0x7026B4u, 0x5F7E41u,
    0x3991D6u, 0x398353u, 0x39F49Cu, 0x845F8Bu, 0xBDF928u, 0x3B1FF8u, 0x97FFDEu, 0x05980Fu,
    0xEF2F11u, 0x8B5A0Au, 0x6D1F6Du, 0x367ECFu, 0x27CB09u, 0xB74F46u, 0x3F669Eu, 0x5FEA2Du,
    0x7527BAu, 0xC7EBE5u, 0xF17B3Du, 0x0739F7u, 0x8A5292u, 0xEA6BFBu, 0x5FB11Fu, 0x8D5D08u);

// x modulo 4, exactly.
double modulo4(double x) { return x - 4.0lf * floor(0.25lf * x); }

// x = n π/2 + r with |r| ≤ π/4, for all finite |x| ≥ 2 (Payne and Hanek 1983): parts of 2/π whose product with the last bit of x is a multiple of 4 are left
// out, and of seven others, of which each product with half of x's bits is exact, the sum modulo 4 is the quadrant and the fraction.
double reducedFarAngle(double x, out int quadrant) {
  int exponent = int((unpackDouble2x32(x).y >> 20) & 0x7FFu) - 1023;
  int skipped = max((exponent - 54) / 24, 0);
  double whole = abs(x) * powerOfTwo(-24 * skipped);
  uvec2 bits = unpackDouble2x32(whole);
  double upper = packDouble2x32(uvec2(bits.x & 0xF8000000u, bits.y)), lower = whole - upper;
  double turns = 0.0lf, weight = 1.0lf;
  for (int k = 0; k < 7; k++) {
    weight *= 5.9604644775390625e-08lf;
    double part = double(TWO_OVER_PI[skipped + k]) * weight;
    turns = modulo4(turns + modulo4(upper * part) + modulo4(lower * part));
  }
  double n = floor(turns + 0.5lf);
  quadrant = x < 0.0lf ? -int(n) : int(n);
  double r = (turns - n) * 1.57079632679489661923lf;
  return x < 0.0lf ? -r : r;
}

// x = n π/2 + r with |r| ≤ π/4; while n has 20 bits with π/2 in parts of 33 bits, as in fdlibm.
double reducedAngle(double x, out int quadrant) {
  if (abs(x) > 1e6lf) return reducedFarAngle(x, quadrant);
  double n = floor(x * 6.36619772367581382433e-01lf + 0.5lf);
  quadrant = int(n - 4.0lf * floor(0.25lf * n));
  precise double first = x - n * 1.57079632673412561417e+00lf;
  precise double second = first - n * 6.07710050630396597660e-11lf;
  precise double r = second - n * 2.02226624879595063154e-21lf;
  return r;
}

// Taylor series to r²¹ and r²², whose rest is below 2⁻⁶⁰ for |r| ≤ π/4.
double sineOrCosine(double r, int quadrant) {
  double z = r * r;
  double sine = 1.0lf, cosine = 1.0lf;
  for (int k = 0; k < 10; k++) {
    double n = double(20 - 2 * k);
    sine = 1.0lf - sine * z / (n * (n + 1.0lf));
    cosine = 1.0lf - cosine * z / (n * (n - 1.0lf));
  }
  double y = (quadrant & 1) != 0 ? cosine : r * sine;
  return (quadrant & 2) != 0 ? -y : y;
}

double sin_64(double x) {
  if (isnan(x) || isinf(x)) return notANumber();
  if (x == 0.0lf) return x;
  int quadrant;
  double r = reducedAngle(x, quadrant);
  return sineOrCosine(r, quadrant);
}

double cos_64(double x) {
  if (isnan(x) || isinf(x)) return notANumber();
  int quadrant;
  double r = reducedAngle(x, quadrant);
  return sineOrCosine(r, quadrant + 1);
}

// erf x = 2/√π e^(−x²) Σ 2ᵏ x²ᵏ⁺¹ / (2k + 1)!!, whose terms are all positive, so that no digits cancel. From 6 on it is 1.
double erf_64(double x) {
  if (isnan(x)) return x;
  double size = min(abs(x), 6.0lf), z = 2.0lf * size * size;
  double term = size, sum = size;
  for (int k = 1; k < 140; k++) {
    term *= z / double(2 * k + 1);
    sum += term;
  }
  double y = min(1.12837916709551257390lf * exp_64(-size * size) * sum, 1.0lf);
  return x < 0.0lf ? -y : y;
}

// The rounded product and its rounding error (Dekker 1971), without FMA, which Vulkan does not guarantee. For
// |a|, |b| < 2⁹⁹⁵.
double product(double a, double b, out double rest) {
  precise double aBig = a * 134217729.0lf, bBig = b * 134217729.0lf;  // 2²⁷ + 1
  precise double aHigh = aBig - (aBig - a), bHigh = bBig - (bBig - b);
  precise double aLow = a - aHigh, bLow = b - bHigh;
  precise double y = a * b;
  precise double lost = ((aHigh * bHigh - y) + aHigh * bLow + aLow * bHigh) + aLow * bLow;
  rest = lost;
  return y;
}

// ln x in two parts, together within 2⁻⁵⁸ of it: as log_64, with s and the sum in two parts too.
double logInTwoParts(double x, out double low) {
  int e;
  double f = fraction(x, e);
  precise double d = 2.0lf + f;
  precise double dLow = f - (d - 2.0lf);
  double sHigh = f / d, lost;
  double back = product(sHigh, d, lost);
  precise double sLow = (((f - back) - lost) - sHigh * dLow) / d;
  precise double whole = double(e) * LN2_HIGH;
  precise double sum = whole + 2.0lf * sHigh;
  precise double sumLow = 2.0lf * sHigh - (sum - whole);
  precise double rest = sumLow + (2.0lf * sLow + sHigh * logTail(sHigh) + double(e) * LN2_LOW);
  precise double high = sum + rest;
  precise double left = rest - (high - sum);
  low = left;
  return high;
}

// aᵇ = exp (b ln a) for a > 0, both finite. The exponent is computed in two parts, because its absolute error
// is the relative error of the result.
double powerOfPositive64(double a, double b) {
  // Clamped to where every a except 1 overflows or underflows.
  double exponent = b >= -1e20lf ? (b <= 1e20lf ? b : 1e20lf) : -1e20lf;
  double low, rest;
  double high = logInTwoParts(a, low);
  double x = product(exponent, high, rest);
  // Where the result overflows or underflows the remainder may be large, and is irrelevant.
  rest = abs(x) <= 746.0lf ? rest + exponent * low : 0.0lf;
  int n;
  double y = reducedExponential(x, n);
  precise double power = 1.0lf + (y + rest * (1.0lf + y));
  return scaled(power, n);
}

// As in C: aᵇ of a negative base is defined for integer exponents, and negative for odd ones.
double power64(double a, double b) {
  if (b == 0.0lf || a == 1.0lf) return 1.0lf;
  if (isnan(a) || isnan(b)) return notANumber();
  bool isWhole = floor(b) == b;
  bool isOdd = abs(b) < 9007199254740992.0lf && isWhole && floor(0.5lf * b) != 0.5lf * b;
  double size = abs(a), result;
  if (isinf(b)) result = size == 1.0lf ? 1.0lf : ((size > 1.0lf) == (b > 0.0lf) ? infinity() : 0.0lf);
  else if (size == 0.0lf || isinf(a)) result = isinf(a) == (b > 0.0lf) ? infinity() : 0.0lf;
  else if (a < 0.0lf && !isWhole) return notANumber();
  else result = powerOfPositive64(size, b);
  return isOdd && unpackDouble2x32(a).y >> 31 == 1u ? -result : result;
}

// The exact remainder of a / b, with the sign of a: subtracts the divisor times descending powers of two
// where possible; each difference is exact.
double remainder64(double a, double b) {
  double rest = abs(a), divisor = abs(b);
  if (isnan(a) || isnan(b) || isinf(a) || divisor == 0.0lf) return notANumber();
  if (rest < divisor) return a;
  int exponent = int(unpackDouble2x32(divisor).y >> 20);
  // Subnormal numbers have no exponent of their own.
  int shift = int(unpackDouble2x32(rest).y >> 20) - exponent + (exponent == 0 ? 52 : 0);
  for (; shift >= 0; shift--) {
    double multiple = scaled(scaled(divisor, min(shift, 1000)), max(shift - 1000, 0));
    if (rest >= multiple) rest -= multiple;
  }
  return a < 0.0lf ? -rest : rest;
}
