#include "one_row.h"
#include "include/CKernels.h"
#include "lanes.h"
#include "targets.h"

#include <string.h>

// Products of one row are bound by reading B once: a tile of registers has nothing to use again.

// Rows of B, or columns of a transposed one, that are read at a time: each is a stream that the processor fetches ahead.
enum { STREAMS = 8 };

// Columns of the result that stay in the L1 cache while rows of B are added to them.
enum { COLUMNS = 2048 };

// y[j] += Σ a[i] b[i][j] over STREAMS rows of B.
LEMNOS_INLINE void add_rows(const float a[STREAMS], const float *b, int64_t b_row, int64_t columns, float *y) {
  int64_t j = 0;
  for (; j + 16 <= columns; j += 16) {
    lemnos_sixteen sum = lemnos_load(y + j);
#pragma clang loop unroll(full)
    for (int i = 0; i < STREAMS; i++) sum += a[i] * lemnos_load(b + i * b_row + j);
    lemnos_store(y + j, sum);
  }
  for (; j < columns; j++) {
    for (int i = 0; i < STREAMS; i++) y[j] += a[i] * b[i * b_row + j];
  }
}

// B is [k][n]: its rows are added to the result.
LEMNOS_INLINE void multiply_rows(
    const lemnos_product *z, const float *a, int64_t a_step, int64_t column0, int64_t column1, float *y) {
  memset(y, 0, (size_t)(column1 - column0) * 4);
  for (int64_t j0 = column0; j0 < column1; j0 += COLUMNS) {
    int64_t columns = column1 - j0 < COLUMNS ? column1 - j0 : COLUMNS;
    const float *b = z->b + j0;
    float *own = y + j0 - column0, factors[STREAMS];
    int64_t l = 0;
    for (; l + STREAMS <= z->k; l += STREAMS) {
      for (int i = 0; i < STREAMS; i++) factors[i] = a[(l + i) * a_step];
      add_rows(factors, b + l * z->b_stride, z->b_stride, columns, own);
    }
    for (; l < z->k; l++) {
      float factor = a[l * a_step];
      for (int64_t j = 0; j < columns; j++) own[j] += factor * b[l * z->b_stride + j];
    }
  }
}

// B is [n][k]: each result is the product of two vectors.
LEMNOS_INLINE void multiply_columns(
    const lemnos_product *z, const float *a, int64_t a_step, int64_t column0, int64_t column1, float *y) {
  // A row of a transposed A has steps: it is copied, which is a small part of the work.
  if (a_step != 1) {
    float *packed = lemnos_scratch(LEMNOS_SCRATCH_OPERANDS, z->k);
    for (int64_t l = 0; l < z->k; l++) packed[l] = a[l * a_step];
    a = packed;
  }
  for (int64_t j = column0; j < column1; j += STREAMS) {
    int64_t count = column1 - j < STREAMS ? column1 - j : STREAMS;
    const float *b[STREAMS];
    // Beyond the end the last column stands in.
    for (int64_t i = 0; i < STREAMS; i++) b[i] = z->b + (j + (i < count ? i : count - 1)) * z->b_stride;
    lemnos_sixteen sums[STREAMS] = {0};
    int64_t l = 0;
    for (; l + 16 <= z->k; l += 16) {
      lemnos_sixteen left = lemnos_load(a + l);
#pragma clang loop unroll(full)
      for (int i = 0; i < STREAMS; i++) sums[i] += left * lemnos_load(b[i] + l);
    }
    for (int64_t i = 0; i < count; i++) {
      float sum = 0;
      for (int lane = 0; lane < 16; lane++) sum += sums[i][lane];
      for (int64_t r = l; r < z->k; r++) sum += a[r] * b[i][r];
      y[j - column0 + i] = sum;
    }
  }
}

LEMNOS_VECTORIZED
void lemnos_multiply_row(const lemnos_product *z, int64_t column0, int64_t column1) {
  int64_t a_step = z->a_is_transposed ? z->a_stride : 1;
  if (z->b_is_transposed) multiply_columns(z, z->a, a_step, column0, column1, z->y);
  else multiply_rows(z, z->a, a_step, column0, column1, z->y);
}
