#include "include/CKernels.h"
#include "sums.h"
#include "targets.h"

LEMNOS_VECTORIZED
void lemnos_sum_columns(
    const float *x, float *y, int64_t outer, int64_t reduced, int64_t inner, int64_t begin, int64_t end) {
  for (int64_t o = 0; o < outer; o++) {
    float *totals = y + o * inner;
    for (int64_t i = begin; i < end; i++) totals[i] = 0.0f;
    for (int64_t r = 0; r < reduced; r++) {
      const float *row = x + (o * reduced + r) * inner;
#pragma clang loop vectorize(assume_safety)
      for (int64_t i = begin; i < end; i++) totals[i] += row[i];
    }
  }
}

LEMNOS_VECTORIZED
void lemnos_sum_rows(const float *x, float *y, int64_t reduced, int64_t begin, int64_t end) {
  for (int64_t o = begin; o < end; o++) {
    y[o] = lemnos_sum(x + o * reduced, reduced);
  }
}
