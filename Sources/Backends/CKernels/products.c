#include "one_row.h"
#include "products.h"
#include "include/CKernels.h"
#include "targets.h"

#include <string.h>

#define JOINED(a, b) a##_##b

#if defined(__x86_64__)
#define LANES 16
#define MAX_ROWS 14
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#define NAMED(name) JOINED(name, avx512)
#include "tile.h"

#define LANES 8
#define MAX_ROWS 6
#define TARGET __attribute__((target("avx2,fma")))
#define NAMED(name) JOINED(name, avx2)
#include "tile.h"
#endif

#define LANES 4
#if defined(__aarch64__)
#define MAX_ROWS 14
#else
#define MAX_ROWS 6
#endif
#define TARGET
#define NAMED(name) JOINED(name, baseline)
#include "tile.h"

void lemnos_multiply_panel(
    const lemnos_operand_a *a, const float *b, int64_t b_step, int64_t rows, int64_t columns, float *sums, const lemnos_ahead *next) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("x86-64-v4")) {
    multiply_panel_avx512(a, b, b_step, rows, columns, sums, next);
    return;
  }
  if (__builtin_cpu_supports("x86-64-v3")) {
    multiply_panel_avx2(a, b, b_step, rows, columns, sums, next);
    return;
  }
#endif
  multiply_panel_baseline(a, b, b_step, rows, columns, sums, next);
}

int64_t lemnos_tile_rows(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("x86-64-v4") ? 14 : 12;
#elif defined(__aarch64__)
  return 14;
#else
  return 12;
#endif
}

LEMNOS_VECTORIZED
void lemnos_put_panel(const float *sums, int64_t rows, int64_t columns, float *y, int64_t y_row, int adds) {
  for (int64_t i = 0; i < rows; i++, sums += LEMNOS_PANEL, y += y_row) {
    if (adds) {
      for (int64_t j = 0; j < columns; j++) y[j] += sums[j];
    } else {
      for (int64_t j = 0; j < columns; j++) y[j] = sums[j];
    }
  }
}

// Cache blocking: rows and depth of A per block, which fit into the L2 cache.
enum { BLOCK_ROWS = 224, BLOCK_DEPTH = 512 };

// The least number of columns for which packing A pays.
enum { PACKED_FROM = 33 };

// The same for a transposed A whose rows evict nothing, but lie on many pages of memory.
enum { PACKED_TRANSPOSED_FROM = 256 };

// True for strides (in floats) that map rows to so few sets of the L1 cache that they evict one another.
static int collides(int64_t stride) { return stride * 4 % 1024 == 0; }

// to[i][l] = a[i · stride + l]: contiguous rows, without cache-set conflicts.
LEMNOS_VECTORIZED
static void pack_rows(const float *a, int64_t stride, int64_t rows, int64_t depth, float *to, int64_t to_row) {
  for (int64_t i = 0; i < rows; i++) memcpy(to + i * to_row, a + i * stride, (size_t)depth * 4);
}

// A cache line of floats: the depth of a block that is packed at once.
enum { LINE = 16 };

// to[l][j] = b[j · stride + l], j up to columns; zeros up to `width`.
//
// In blocks of the depth that are a cache line of each row of b, so that all that is written meanwhile stays in the L1 cache.
LEMNOS_VECTORIZED
static void pack_transposed(
    const float *b, int64_t stride, int64_t depth, int64_t columns, int64_t width, float *to) {
  for (int64_t l0 = 0; l0 < depth; l0 += LINE) {
    int64_t l1 = l0 + LINE < depth ? l0 + LINE : depth;
    for (int64_t j = 0; j < width; j += 4) {
      int64_t l = l0;
      if (j + 4 <= columns) {
        for (; l + 4 <= l1; l += 4) {
          lemnos_four rows[4];
          for (int i = 0; i < 4; i++) rows[i] = *(const lemnos_four *)(b + (j + i) * stride + l);
          lemnos_transpose_four(rows);
          for (int i = 0; i < 4; i++) *(lemnos_four *)(to + (l + i) * width + j) = rows[i];
        }
      }
      for (; l < l1; l++) {
        for (int64_t i = j; i < j + 4; i++) to[l * width + i] = i < columns ? b[i * stride + l] : 0.0f;
      }
    }
  }
}

// to[l][j] = b[l · stride + j], j up to columns; zeros up to `width`.
LEMNOS_VECTORIZED
static void pack_columns(const float *b, int64_t stride, int64_t depth, int64_t columns, int64_t width, float *to) {
  for (int64_t l = 0; l < depth; l++) {
    for (int64_t j = 0; j < columns; j++) to[l * width + j] = b[l * stride + j];
    for (int64_t j = columns; j < width; j++) to[l * width + j] = 0.0f;
  }
}

void lemnos_fetch(const float *x, int64_t count) {
  for (int64_t e = 0; e < count; e += 16) __builtin_prefetch(x + e, 0, 2);
}

// Floats of the two cache lines prefetched per step of the depth.
enum { FETCHED = 32 };

// The position of the next prefetch in z->after.
typedef struct {
  int64_t piece, begin;
} cursor;

// The prefetch during a panel that ends at column j1: inputs of the epilogue, while there are any left; then
// the next panel, in the same depth block or the next.
static lemnos_ahead ahead_of(
    const lemnos_product *z, cursor *after, int64_t block, int64_t depth_blocks, int64_t depth, int64_t j1, int64_t column0,
    int64_t column1, int64_t tiles) {
  if (after->piece < z->after_count) {
    lemnos_ahead next = {z->after[after->piece] + after->begin, tiles, FETCHED * depth, FETCHED};
    after->begin += tiles * next.tile_step;
    if (after->begin >= z->after_length) *after = (cursor){after->piece + 1, 0};
    return next;
  }
  if (j1 == column1) j1 = column0, block++;
  if (block == depth_blocks) return (lemnos_ahead){0};
  // A panel's rows are two cache lines.
  if (!z->b_is_transposed) return (lemnos_ahead){z->b + z->k * block / depth_blocks * z->b_stride + j1, 1, 0, z->b_stride};
  // Contiguous columns of a panel are one range of memory, shared among the tiles.
  if (depth_blocks > 1 || z->k == 0 || z->b_stride != z->k) return (lemnos_ahead){0};
  return (lemnos_ahead){z->b + j1 * z->k, tiles, LEMNOS_PACKED * z->k / tiles, LEMNOS_PACKED / tiles};
}

void lemnos_multiply(const lemnos_product *z, int64_t row0, int64_t row1, int64_t column0, int64_t column1) {
  if (z->m == 1) {
    if (row0 < row1) lemnos_multiply_row(z, column0, column1);
    return;
  }
  int64_t depth_blocks = (z->k + BLOCK_DEPTH - 1) / BLOCK_DEPTH;
  if (depth_blocks < 1) depth_blocks = 1;
  float *packed_a = lemnos_scratch(
      LEMNOS_SCRATCH_OPERANDS, BLOCK_ROWS * (BLOCK_DEPTH + 16) + (BLOCK_DEPTH + BLOCK_ROWS) * LEMNOS_PANEL);
  float *packed_b = packed_a + BLOCK_ROWS * (BLOCK_DEPTH + 16), *sums = packed_b + BLOCK_DEPTH * LEMNOS_PANEL;
  cursor after = {0};
  int64_t row_blocks = (row1 - row0 + BLOCK_ROWS - 1) / BLOCK_ROWS;
  for (int64_t row_block = 0; row_block < row_blocks; row_block++) {
    int64_t i0 = row0 + (row1 - row0) * row_block / row_blocks;
    int64_t rows = row0 + (row1 - row0) * (row_block + 1) / row_blocks - i0;
    for (int64_t block = 0; block < depth_blocks; block++) {
      int64_t l0 = z->k * block / depth_blocks, depth = z->k * (block + 1) / depth_blocks - l0;
      const float *a = z->a_is_transposed ? z->a + l0 * z->a_stride + i0 : z->a + i0 * z->a_stride + l0;
      int64_t a_row = z->a_is_transposed ? 1 : z->a_stride, a_step = z->a_is_transposed ? z->a_stride : 1;
      int64_t packed_from = collides(z->a_stride) ? PACKED_FROM : PACKED_TRANSPOSED_FROM;
      if ((collides(z->a_stride) || z->a_is_transposed) && column1 - column0 >= packed_from) {
        a_row = z->a_is_transposed ? 1 : depth + 16;
        a_step = z->a_is_transposed ? rows : 1;
        if (z->a_is_transposed) pack_rows(a, z->a_stride, depth, rows, packed_a, rows);
        else pack_rows(a, z->a_stride, rows, depth, packed_a, depth + 16);
        a = packed_a;
      }
      lemnos_operand_a left = {a, a_row, a_step, depth, 1, 0};
      for (int64_t j0 = column0, j1; j0 < column1; j0 = j1) {
        j1 = lemnos_panel_end(j0, column1);
        int64_t columns = j1 - j0, width = lemnos_wide(columns);
        const float *b = z->b + l0 * z->b_stride + j0;
        int64_t b_step = z->b_stride;
        if (z->b_is_transposed) {
          pack_transposed(z->b + j0 * z->b_stride + l0, z->b_stride, depth, columns, width, packed_b);
          b = packed_b, b_step = width;
        } else if (j0 + width > z->n || (collides(z->b_stride) && rows > 28)) {
          pack_columns(b, z->b_stride, depth, columns, width, packed_b);
          b = packed_b, b_step = width;
        }
        lemnos_ahead next =
          ahead_of(z, &after, block, depth_blocks, depth, j1, column0, column1, (rows + 13) / 14);
        lemnos_multiply_panel(&left, b, b_step, rows, columns, sums, &next);
        lemnos_put_panel(sums, rows, columns, z->y + (i0 - row0) * z->y_stride + j0 - column0, z->y_stride, block > 0);
      }
    }
  }
}
