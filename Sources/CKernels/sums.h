#ifndef LEMNOS_SUMS_H
#define LEMNOS_SUMS_H

#include <stdint.h>

#include "elementary.h"

typedef float lemnos_sixteen __attribute__((vector_size(64), aligned(4)));

// x[0] + … + x[n − 1], in lanes that are added up pairwise. Four vectors of them, since an addition takes as long as four that do
// not wait for one another.
LEMNOS_INLINE float lemnos_sum(const float *x, int64_t n) {
  lemnos_sixteen a = {0}, b = a, c = a, d = a;
  int64_t e = 0;
  for (; e + 64 <= n; e += 64) {
    const lemnos_sixteen *from = (const lemnos_sixteen *)(x + e);
    a += from[0];
    b += from[1];
    c += from[2];
    d += from[3];
  }
  for (; e + 16 <= n; e += 16) a += *(const lemnos_sixteen *)(x + e);
  a = (a + b) + (c + d);
  float partial[16];
  for (int lane = 0; lane < 16; lane++) partial[lane] = a[lane];
  for (int lane = 0; e + lane < n; lane++) partial[lane] += x[e + lane];
  for (int width = 8; width > 0; width /= 2) {
    for (int lane = 0; lane < width; lane++) partial[lane] += partial[lane + width];
  }
  return partial[0];
}

#endif
