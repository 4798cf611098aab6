// The micro-kernel shared by matrix products and convolutions.
#ifndef LEMNOS_PRODUCTS_H
#define LEMNOS_PRODUCTS_H

#include "include/CKernels.h"

// NR: the maximum number of columns of B per panel.
enum { LEMNOS_PANEL = 48 };

// The layout of the A operand: element l of row i at first + i · row + l / depth · outer_step + l % depth ·
// step, for l < outer · depth.
typedef struct {
  const float *first;
  int64_t row, step, depth, outer, outer_step;
} lemnos_operand_a;

// Software prefetch during a product: at step l of the depth of row tile t < tiles, two cache lines from
// first + t · tile_step + l · step.
typedef struct {
  const float *first;
  int64_t tiles, tile_step, step;
} lemnos_ahead;

// sums[i · LEMNOS_PANEL + j] = Σ_l a[i][l] · b[l · b_step + j] for i < rows and j < columns, each in the
// order of l, with FMA where available. At most LEMNOS_PANEL columns; b is read, and sums written, up to the
// next multiple of LEMNOS_WIDEST. `next` may be NULL.
void lemnos_multiply_panel(
    const lemnos_operand_a *a, const float *b, int64_t b_step, int64_t rows, int64_t columns, float *sums,
    const lemnos_ahead *next);

// y[i · y_row + j] = sums, or += sums.
void lemnos_put_panel(const float *sums, int64_t rows, int64_t columns, float *y, int64_t y_row, int adds);

// Prefetches memory into the L2 cache.
void lemnos_fetch(const float *x, int64_t count);

// The end of a panel of `count` columns: 32 columns each, and the last up to 48, so that none is narrow.
static inline int64_t lemnos_panel_end(int64_t begin, int64_t count) {
  return count - begin <= LEMNOS_PANEL ? count : begin + LEMNOS_PACKED;
}

// The number of panels of `count` columns.
static inline int64_t lemnos_panels(int64_t count) {
  int64_t panels = 0;
  for (int64_t k = 0; k < count; k = lemnos_panel_end(k, count)) panels++;
  return panels;
}

// The padded width of a panel: whole vectors.
static inline int64_t lemnos_wide(int64_t columns) {
  return (columns + LEMNOS_WIDEST - 1) / LEMNOS_WIDEST * LEMNOS_WIDEST;
}

static inline int64_t lemnos_least(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t lemnos_most(int64_t a, int64_t b) { return a < b ? b : a; }

typedef float lemnos_four __attribute__((vector_size(16), aligned(4)));

// Transposes four rows of four floats.
static inline __attribute__((always_inline)) void lemnos_transpose_four(lemnos_four rows[4]) {
  lemnos_four low01 = __builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5);
  lemnos_four high01 = __builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7);
  lemnos_four low23 = __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5);
  lemnos_four high23 = __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7);
  rows[0] = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
  rows[1] = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
  rows[2] = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
  rows[3] = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
}

#endif
