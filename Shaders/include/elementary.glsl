// Elementary functions of doubles, which GLSL has for floats only, and their rounding to narrower formats. Ranges are reduced as in fdlibm (Sun Microsystems 1993);
// the polynomials are Taylor series, cut where the rest is far below a rounding. The test "Elementary functions in
// float64" measures the error of each, in units of the last place (ulp).
//
// `precise` where a rounding matters: otherwise compilers may regroup sums, and use fused products or not.

const double LOG2_E = 1.4426950408889634lf;
// ln 2 in two parts. The first has 33 bits, so that its product with a whole number below 2²⁰ is exact.
const double LN2_HIGH = 6.93147180369123816490e-01lf;
const double LN2_LOW = 1.90821492927058770002e-10lf;

double notANumber() { return packDouble2x32(uvec2(0u, 0x7FF80000u)); }
double infinity() { return packDouble2x32(uvec2(0u, 0x7FF00000u)); }

// 2ⁿ by its bits, for −1022 ≤ n ≤ 1023.
double powerOfTwo(int n) { return packDouble2x32(uvec2(0u, uint(n + 1023) << 20)); }

// x · 2ⁿ in two factors, because 2ⁿ leaves the range of doubles before the product does.
double scaled(double x, int n) { return x * powerOfTwo(n >> 1) * powerOfTwo(n - (n >> 1)); }

// The nearest number, ties to even, of the format with so many bits of fraction and this greatest exponent. Numbers with the
// exponent e are multiples of 2^(e − fraction bits) there; below the least normal exponent all have its unit.
double rounded64(double x, int fractionBits, int greatestExponent) {
  if (isnan(x) || isinf(x)) return x;
  int e = max(int((unpackDouble2x32(x).y >> 20) & 0x7FFu) - 1023, 1 - greatestExponent) - fractionBits;
  double y = roundEven(x * powerOfTwo(-e)) * powerOfTwo(e);
  if (abs(y) < powerOfTwo(greatestExponent + 1)) return y;
  return x < 0.0lf ? -infinity() : infinity();
}

// x = n ln 2 + r with |r| ≤ ½ ln 2; gives n and eʳ − 1 = r + r²/2! + … + r¹³/13!, whose rest is below 2⁻⁵⁶ of it. Beyond
// −746 and 710, where eˣ is 0 and infinite, x counts as those; so does NaN.
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
  // r + r² p, where the r in front is taken in its two parts.
  precise double y = high - (low - r * r * p);
  return y;
}

// eˣ = 2ⁿ eʳ.
double exp64(double x) {
  int n;
  double y = reducedExponential(x, n);
  return isnan(x) ? x : scaled(1.0lf + y, n);
}

// eˣ − 1 = 2ⁿ (eʳ − 1) + (2ⁿ − 1). From 2⁵⁴ on the 1 that is taken off is less than half a unit in the last place.
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
  // 0x3FE6A09E is the upper word of √½: what is counted from there carries into the exponent at √2.
  uint high = bits.y + (0x3FF00000u - 0x3FE6A09Eu);
  e = int(high >> 20) - 1023 - (isSubnormal ? 54 : 0);
  return packDouble2x32(uvec2(bits.x, (high & 0xFFFFFu) + 0x3FE6A09Eu)) - 1.0lf;
}

// ln (1 + f) = 2 artanh s = 2 s + s R with s = f / (2 + f): R = 2 s²/3 + 2 s⁴/5 + … + 2 s²⁴/25, whose rest is below 2⁻⁶⁶.
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
double log64(double x) {
  int e;
  double f = fraction(x, e);
  double s = f / (2.0lf + f), h = 0.5lf * f * f;
  precise double y = double(e) * LN2_HIGH - ((h - (s * (h + logTail(s)) + double(e) * LN2_LOW)) - f);
  if (isnan(x) || x < 0.0lf) return notANumber();
  return x == 0.0lf ? -infinity() : (x == infinity() ? x : y);
}

// tanh |x| = t / (t + 2) with t = e²ˣ − 1 = 2ⁿ (eʳ − 1) + (2ⁿ − 1), which loses no digits near zero. From 22 on it is 1.
double tanh64(double x) {
  int n;
  double y = reducedExponential(2.0lf * min(abs(x), 22.0lf), n);
  double power = powerOfTwo(n);
  precise double t = power * y + (power - 1.0lf);
  double result = t / (t + 2.0lf);
  return isnan(x) ? x : (x < 0.0lf ? -result : result);
}

// 1 / (1 + e⁻ˣ); where e⁻ˣ is infinite this is 0, as it should be.
double sigmoid64(double x) { return 1.0lf / (1.0lf + exp64(-x)); }

// The product rounded, and what rounding took from it (Dekker 1971), without relying on a fused product, which Vulkan does
// not promise. For |a|, |b| < 2⁹⁹⁵.
double product(double a, double b, out double rest) {
  precise double aBig = a * 134217729.0lf, bBig = b * 134217729.0lf;  // 2²⁷ + 1
  precise double aHigh = aBig - (aBig - a), bHigh = bBig - (bBig - b);
  precise double aLow = a - aHigh, bLow = b - bHigh;
  precise double y = a * b;
  precise double lost = ((aHigh * bHigh - y) + aHigh * bLow + aLow * bHigh) + aLow * bLow;
  rest = lost;
  return y;
}

// ln x in two parts, together within 2⁻⁵⁸ of it: as log64, with s and the sum in two parts too.
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

// aᵇ = exp (b ln a) for a > 0, both finite. The exponent is taken in two parts, because its error, times its size, is that of the
// result.
double powerOfPositive64(double a, double b) {
  // As great as makes every a but 1 overflow or vanish.
  double exponent = b >= -1e20lf ? (b <= 1e20lf ? b : 1e20lf) : -1e20lf;
  double low, rest;
  double high = logInTwoParts(a, low);
  double x = product(exponent, high, rest);
  // Where the result overflows or vanishes the rest may be large, and matters no more.
  rest = abs(x) <= 746.0lf ? rest + exponent * low : 0.0lf;
  int n;
  double y = reducedExponential(x, n);
  precise double power = 1.0lf + (y + rest * (1.0lf + y));
  return scaled(power, n);
}

// As C has it: aᵇ of a negative base is a number for whole exponents, with the sign that the odd ones give it.
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

// What the division of a by b leaves, exactly, with the sign of a: the divisor times falling powers of two is taken off where it
// can be, and each difference is exact.
double remainder64(double a, double b) {
  double rest = abs(a), divisor = abs(b);
  if (isnan(a) || isnan(b) || isinf(a) || divisor == 0.0lf) return notANumber();
  if (rest < divisor) return a;
  int exponent = int(unpackDouble2x32(divisor).y >> 20);
  // Below the least normal number the exponent does not count.
  int shift = int(unpackDouble2x32(rest).y >> 20) - exponent + (exponent == 0 ? 52 : 0);
  for (; shift >= 0; shift--) {
    double multiple = scaled(scaled(divisor, min(shift, 1000)), max(shift - 1000, 0));
    if (rest >= multiple) rest -= multiple;
  }
  return a < 0.0lf ? -rest : rest;
}
