#ifndef LEMNOS_SUMS_H
#define LEMNOS_SUMS_H

#include <stdint.h>

#include "elementary.h"

typedef float lemnos_sixteen __attribute__((vector_size(64), aligned(4)));

// x[0] + … + x[n − 1], in lanes that are added pairwise. Four independent accumulators hide the latency of
// addition.
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
  if (e < n) {
    float last[16];
    *(lemnos_sixteen *)last = a;
    for (int lane = 0; e + lane < n; lane++) last[lane] += x[e + lane];
    a = *(lemnos_sixteen *)last;
  }
  typedef float eight __attribute__((vector_size(32)));
  typedef float four __attribute__((vector_size(16)));
  typedef float two __attribute__((vector_size(8)));
  eight of8 = __builtin_shufflevector(a, a, 0, 1, 2, 3, 4, 5, 6, 7) + __builtin_shufflevector(a, a, 8, 9, 10, 11, 12, 13, 14, 15);
  four of4 = __builtin_shufflevector(of8, of8, 0, 1, 2, 3) + __builtin_shufflevector(of8, of8, 4, 5, 6, 7);
  two of2 = __builtin_shufflevector(of4, of4, 0, 1) + __builtin_shufflevector(of4, of4, 2, 3);
  return of2[0] + of2[1];
}

#endif
