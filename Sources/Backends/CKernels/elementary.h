// Branch-free elementary functions, so that loops over them vectorize. Argument reductions and polynomials
// follow Cephes (Moshier 1989); the op table checks each error bound.
#ifndef LEMNOS_ELEMENTARY_H
#define LEMNOS_ELEMENTARY_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define LEMNOS_INLINE static inline __attribute__((always_inline))

LEMNOS_INLINE float bits_to_float(int32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

LEMNOS_INLINE int32_t float_to_bits(float x) {
  int32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

// x rounded to the nearest, ties to even, without the `dropped` lowest bits of its fraction. A carry
// propagates from the fraction to the exponent, and from the greatest exponent to infinity.
LEMNOS_INLINE float vector_rounded(float x, int dropped) {
  uint32_t bits = (uint32_t)float_to_bits(x);
  uint32_t is_odd = bits >> dropped & 1;
  uint32_t rounded = (bits + (1u << (dropped - 1)) - 1 + is_odd) >> dropped << dropped;
  return x != x ? x : bits_to_float((int32_t)rounded);
}

// x rounded to IEEE 754 binary16, ties to even.
LEMNOS_INLINE float vector_float16(float x) {
  float magnitude = __builtin_fabsf(x);
  float normal = vector_rounded(magnitude, 13);
  normal = normal >= 65536.0f ? __builtin_inff() : normal;
  // Subnormal numbers are multiples of 2⁻²⁴, the spacing of float32 in [½, 1): the addition rounds to it.
  float subnormal = (magnitude + 0.5f) - 0.5f;
  return __builtin_copysignf(magnitude < 0x1p-14f ? subnormal : normal, x);
}

// eˣ within 2 ulp: x = n ln 2 + r, eˣ = 2ⁿ eʳ. Overflows to infinity and underflows to zero.
LEMNOS_INLINE float vector_exp(float x) {
  float clamped = x > 89.0f ? 89.0f : x;
  clamped = clamped < -104.0f ? -104.0f : clamped;
  float n = __builtin_rintf(clamped * 1.44269504088896341f);
  float r = clamped - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  // Two factors, because 2ⁿ alone leaves the normal range before the result does.
  int32_t half = (int32_t)n >> 1;
  int32_t rest = (int32_t)n - half;
  float y = p * bits_to_float((half + 127) << 23) * bits_to_float((rest + 127) << 23);
  return x != x ? x : y;
}

// eˣ − 1 within 2 ulp: 2ⁿ (eʳ − 1) + (2ⁿ − 1), with the series of eʳ − 1.
LEMNOS_INLINE float vector_expm1(float x) {
  float clamped = x > 89.0f ? 89.0f : x;
  clamped = clamped < -104.0f ? -104.0f : clamped;
  float n = __builtin_rintf(clamped * 1.44269504088896341f);
  float high = clamped - n * 0.693359375f, low = n * -2.12194440e-4f;
  float r = high - low;
  float p = 1.0f / 40320.0f;
  p = p * r + 1.0f / 5040.0f;
  p = p * r + 1.0f / 720.0f;
  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  float y = high - (low - r * r * p);
  int32_t half = (int32_t)n >> 1;
  int32_t rest = (int32_t)n - half;
  float first = bits_to_float((half + 127) << 23), second = bits_to_float((rest + 127) << 23);
  // From 2²⁵ on, the subtracted 1 is less than half an ulp; so 2ⁿ, which may be infinite, is not needed.
  float near = y * first * second + (first * second - 1.0f);
  float far = (1.0f + y) * first * second;
  float result = n > 25.0f ? far : near;
  return x != x || x == 0.0f ? x : result;
}

// ln x within 2 ulp: x = 2ᵉ m with m in [√½, √2), ln x = e ln 2 + ln m.
LEMNOS_INLINE float vector_log(float x) {
  int is_small = x < 1.17549435e-38f;
  float scaled = is_small ? x * 8388608.0f : x;
  int32_t bits = float_to_bits(scaled);
  int32_t exponent = (bits >> 23) - 126 - (is_small ? 23 : 0);
  float m = bits_to_float((bits & 0x007FFFFF) | 0x3F000000);
  int is_low = m < 0.707106781186547524f;
  exponent -= is_low;
  float f = (is_low ? m + m : m) - 1.0f;
  float z = f * f;
  float p = 7.0376836292e-2f;
  p = p * f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  float e = (float)exponent;
  float y = p * f * z + e * -2.12194440e-4f - 0.5f * z + f + e * 0.693359375f;
  y = x == INFINITY ? x : y;
  y = x == 0.0f ? -INFINITY : y;
  y = x < 0.0f ? NAN : y;
  return x != x ? x : y;
}

// A polynomial near zero, where 1 − 2 / (e²ˣ + 1) would lose digits.
LEMNOS_INLINE float vector_tanh(float x) {
  float magnitude = __builtin_fabsf(x);
  float z = x * x;
  float p = -5.70498872745e-3f;
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  float near = p * z * x + x;
  float far = 1.0f - 2.0f / (vector_exp(2.0f * magnitude) + 1.0f);
  far = x < 0.0f ? -far : far;
  float y = magnitude < 0.625f ? near : far;
  return x != x ? x : y;
}

// Equal to both branches of the textbook form, without overflow to NaN: e⁻ˣ may be infinite, but 1 / ∞ is 0.
LEMNOS_INLINE float vector_sigmoid(float x) { return 1.0f / (1.0f + vector_exp(-x)); }

// x = n π/2 + r with |r| ≤ π/4, in float64, whose 53 bits leave r more digits than a float has while |x| ≤ 2²⁶; n modulo 4.
LEMNOS_INLINE double reduced_angle(float x, int32_t *quadrant) {
  double n = __builtin_rint((double)x * 0.63661977236758134308);
  // n has 26 bits, the first part of π/2 has 27: their product is exact.
  double r = ((double)x - n * 1.57079632580280303955) - n * 9.92093579680540441e-10;
  *quadrant = (int32_t)n;
  return r;
}

// Taylor series to r¹¹ and r¹², whose rest is below 2⁻²⁷ of the result, in float64, so that only the result is rounded.
LEMNOS_INLINE float sine_or_cosine(double r, int32_t quadrant) {
  double z = r * r;
  double sine = ((((z / -39916800.0 + 1.0 / 362880.0) * z - 1.0 / 5040.0) * z + 1.0 / 120.0) * z - 1.0 / 6.0) * z * r + r;
  double cosine = (((((z / 479001600.0 - 1.0 / 3628800.0) * z + 1.0 / 40320.0) * z - 1.0 / 720.0) * z + 1.0 / 24.0) * z - 0.5) * z + 1.0;
  double y = quadrant & 1 ? cosine : sine;
  return (float)(quadrant & 2 ? -y : y);
}

LEMNOS_INLINE float vector_sin(float x) {
  int32_t quadrant;
  double r = reduced_angle(x, &quadrant);
  return x == 0.0f ? x : sine_or_cosine(r, quadrant);
}

LEMNOS_INLINE float vector_cos(float x) {
  int32_t quadrant;
  double r = reduced_angle(x, &quadrant);
  return sine_or_cosine(r, quadrant + 1);
}

// log (1 + x) within 3 ulp: 1 + x and what its rounding lost, d, as ln (u + d) ≈ ln u + d / u.
LEMNOS_INLINE float vector_log1p(float x) {
  float u = 1.0f + x;
  float lost = x > 1.0f ? 1.0f - (u - x) : x - (u - 1.0f);
  float y = vector_log(u) + (u > 0.0f && u < INFINITY ? lost / u : 0.0f);
  return x == 0.0f || x != x ? x : y;
}

// erf x = x P(x²) / Q(x²), a rational approximation for |x| < 4, beyond which it is 1 (as in Eigen's float kernels).
LEMNOS_INLINE float vector_erf(float x) {
  float clamped = x > 3.8325069f ? 3.8325069f : x;
  clamped = clamped < -3.8325069f ? -3.8325069f : clamped;
  float z = clamped * clamped;
  float p = -2.72614225801306e-10f;
  p = p * z + 2.77068142495902e-08f;
  p = p * z - 2.10102402082508e-06f;
  p = p * z - 5.69250639462346e-05f;
  p = p * z - 7.34990630326855e-04f;
  p = p * z - 2.95459980854025e-03f;
  p = p * z - 1.60960333262415e-02f;
  float q = -1.45660718464996e-05f;
  q = q * z - 2.13374055278905e-04f;
  q = q * z - 1.68282697438203e-03f;
  q = q * z - 7.37332916720468e-03f;
  q = q * z - 1.42647390514189e-02f;
  float y = clamped * (p / q);
  y = y > 1.0f ? 1.0f : y < -1.0f ? -1.0f : y;
  return x != x ? x : y;
}

// All elementary functions: name, the greatest |x| that `vector_name` is for, and the C library's function beyond. Swift finds them
// by name.
#define LEMNOS_FUNCTIONS(DO) \
  DO(exp, INFINITY, expf) DO(expm1, INFINITY, expm1f) DO(log, INFINITY, logf) DO(log1p, INFINITY, log1pf) \
  DO(sin, 0x1p26f, sinf) DO(cos, 0x1p26f, cosf) DO(tanh, INFINITY, tanhf) DO(sigmoid, INFINITY, vector_sigmoid) \
  DO(erf, INFINITY, erff)

// Cuts towards zero; what int32 cannot hold becomes its nearest, NaN becomes 0.
LEMNOS_INLINE int32_t vector_truncate(float x) {
  float clamped = x > -2147483648.0f ? x : -2147483648.0f;
  clamped = clamped < 2147483520.0f ? clamped : 2147483520.0f;
  int32_t y = (int32_t)clamped;
  y = x >= 2147483648.0f ? INT32_MAX : y;
  return x != x ? 0 : y;
}

#endif
