#include "include/CKernels.h"
#include "sums.h"
#include "targets.h"

enum { COLUMNS = 256, ROWS = 128 };

// Sums columns in partial sums of at most ROWS rows, which have a smaller rounding error than one long sum.
LEMNOS_INLINE void sum_columns(const float *x, float *y, int64_t reduced, int64_t inner, int64_t count) {
  float part[COLUMNS];
  for (int64_t i = 0; i < count; i++) y[i] = 0.0f;
  for (int64_t first = 0; first < reduced; first += ROWS) {
    int64_t last = first + ROWS < reduced ? first + ROWS : reduced;
    for (int64_t i = 0; i < count; i++) part[i] = 0.0f;
    for (int64_t r = first; r < last; r++) {
      const float *row = x + r * inner;
#pragma clang loop vectorize(assume_safety)
      for (int64_t i = 0; i < count; i++) part[i] += row[i];
    }
    for (int64_t i = 0; i < count; i++) y[i] += part[i];
  }
}

LEMNOS_VECTORIZED
void lemnos_sum_columns(
    const float *x, float *y, int64_t outer, int64_t reduced, int64_t inner, int64_t begin, int64_t end) {
  for (int64_t o = 0; o < outer; o++) {
    for (int64_t first = begin; first < end; first += COLUMNS) {
      int64_t count = end - first < COLUMNS ? end - first : COLUMNS;
      sum_columns(x + o * reduced * inner + first, y + o * inner + first, reduced, inner, count);
    }
  }
}

LEMNOS_VECTORIZED
void lemnos_sum_rows(const float *x, float *y, int64_t reduced, int64_t begin, int64_t end) {
  for (int64_t o = begin; o < end; o++) {
    y[o] = lemnos_sum(x + o * reduced, reduced);
  }
}
