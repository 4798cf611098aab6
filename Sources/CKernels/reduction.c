#include "include/CKernels.h"
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
    const float *row = x + o * reduced;
    float partial[16] = {0};
    int64_t r = 0;
    for (; r + 16 <= reduced; r += 16) {
      for (int lane = 0; lane < 16; lane++) partial[lane] += row[r + lane];
    }
    for (int lane = 0; r + lane < reduced; lane++) partial[lane] += row[r + lane];
    for (int width = 8; width > 0; width /= 2) {
      for (int lane = 0; lane < width; lane++) partial[lane] += partial[lane + width];
    }
    y[o] = partial[0];
  }
}
