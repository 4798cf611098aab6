// Vectors of sixteen floats, which each instruction set has in as many registers as it needs.
#ifndef LEMNOS_LANES_H
#define LEMNOS_LANES_H

#include <stdint.h>

#include "elementary.h"
#include "sums.h"

// Vectors are handed over between functions that are all inlined: no call depends on how a target passes them.
#pragma clang diagnostic ignored "-Wpsabi"

typedef int32_t lemnos_sixteen_ints __attribute__((vector_size(64), aligned(4)));

LEMNOS_INLINE lemnos_sixteen lemnos_all(float x) { return x - (lemnos_sixteen){0}; }

LEMNOS_INLINE lemnos_sixteen lemnos_load(const float *x) { return *(const lemnos_sixteen *)x; }

LEMNOS_INLINE void lemnos_store(float *y, lemnos_sixteen x) { *(lemnos_sixteen *)y = x; }

// a where a lane of the condition is −1, b where it is 0.
LEMNOS_INLINE lemnos_sixteen lemnos_where(lemnos_sixteen_ints condition, lemnos_sixteen a, lemnos_sixteen b) {
  return (lemnos_sixteen)((condition & (lemnos_sixteen_ints)a) | (~condition & (lemnos_sixteen_ints)b));
}

// The greater one; b where a is not greater, so that b's NaN stays.
LEMNOS_INLINE lemnos_sixteen lemnos_greater(lemnos_sixteen a, lemnos_sixteen b) { return lemnos_where(a > b, a, b); }

// 2ˣ for x up to 127, within 3 ulp; from −127 down 0, and between −127 and −126 some number below the least normal one. x = n + r with
// |r| ≤ ½, and 2ʳ by the polynomial of degree 5 that has the least relative error if it is 1 at 0.
LEMNOS_INLINE lemnos_sixteen lemnos_power_of_two(lemnos_sixteen x) {
  x = lemnos_greater(lemnos_all(-127.0f), x);
  // Adding 1.5 · 2²³ rounds to a whole number, which stands in the lowest bits of the sum.
  lemnos_sixteen sum = x + 12582912.0f;
  lemnos_sixteen r = x - (sum - 12582912.0f);
  lemnos_sixteen p = 1.32647e-3f * r + 9.67151e-3f;
  p = p * r + 5.550734e-2f;
  p = p * r + 2.4022242e-1f;
  p = p * r + 6.9314698e-1f;
  p = p * r + 1.0f;
  // Where n is −127, r is 0, and this is 0.
  return (lemnos_sixteen)((lemnos_sixteen_ints)p + ((lemnos_sixteen_ints)sum << 23));
}

// Transposes sixteen rows of sixteen floats.
LEMNOS_INLINE void lemnos_transpose_sixteen(lemnos_sixteen rows[16]) {
  lemnos_sixteen a[16];
  // Pairs of rows, then pairs of pairs, within each quarter of a vector; then quarters.
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i += 2) {
    a[i] = __builtin_shufflevector(rows[i], rows[i + 1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
    a[i + 1] = __builtin_shufflevector(rows[i], rows[i + 1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i += 4) {
#pragma clang loop unroll(full)
    for (int j = 0; j < 2; j++) {
      rows[i + 2 * j] =
        __builtin_shufflevector(a[i + j], a[i + j + 2], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
      rows[i + 2 * j + 1] =
        __builtin_shufflevector(a[i + j], a[i + j + 2], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    }
  }
  // Quarter q of rows[4 i + c] has column 4 q + c of rows 4 i … 4 i + 3.
#pragma clang loop unroll(full)
  for (int c = 0; c < 4; c++) {
    lemnos_sixteen even01 =
      __builtin_shufflevector(rows[c], rows[4 + c], 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    lemnos_sixteen odd01 =
      __builtin_shufflevector(rows[c], rows[4 + c], 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    lemnos_sixteen even23 =
      __builtin_shufflevector(rows[8 + c], rows[12 + c], 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    lemnos_sixteen odd23 =
      __builtin_shufflevector(rows[8 + c], rows[12 + c], 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    a[c] = __builtin_shufflevector(even01, even23, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    a[8 + c] = __builtin_shufflevector(even01, even23, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    a[4 + c] = __builtin_shufflevector(odd01, odd23, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    a[12 + c] = __builtin_shufflevector(odd01, odd23, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) rows[i] = a[i];
}

#endif
