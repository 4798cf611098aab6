#include "products.h"
#include "targets.h"

// Square blocks of this side stay in the L1 cache.
enum { SQUARE = 32 };

// An edge tile of `height` rows and `width` columns, at most four each. Whole vectors are read, and written
// where the memory behind them is overwritten later or holds nothing.
static inline __attribute__((always_inline)) void transpose_edge(
    const float *from, int64_t i, int64_t height, int64_t rows, int64_t j, int64_t width, int64_t columns, float *to) {
  if ((i + height - 1) * columns + j + 4 > rows * columns) {
    for (int64_t k = 0; k < width; k++) {
      for (int64_t l = 0; l < height; l++) to[(j + k) * rows + i + l] = from[(i + l) * columns + j + k];
    }
    return;
  }
  lemnos_four square[4] = {0};
  for (int64_t l = 0; l < height; l++) square[l] = *(const lemnos_four *)(from + (i + l) * columns + j);
  lemnos_transpose_four(square);
  // With fewer than four rows in all, the next column overwrites the excess of this one.
  int is_whole = height == 4 || (rows < 4 && (j + width - 1) * rows + 4 <= rows * columns);
  for (int64_t k = 0; k < width; k++) {
    float *column = to + (j + k) * rows + i;
    if (is_whole) {
      *(lemnos_four *)column = square[k];
    } else {
      for (int64_t l = 0; l < height; l++) column[l] = square[k][l];
    }
  }
}

LEMNOS_VECTORIZED
void lemnos_transpose(const float *x, int64_t rows, int64_t columns, float *y, int64_t begin, int64_t end) {
  for (int64_t o = begin; o < end; o++) {
    const float *from = x + o * rows * columns;
    float *to = y + o * rows * columns;
    for (int64_t i0 = 0; i0 < rows; i0 += SQUARE) {
      int64_t i1 = lemnos_least(i0 + SQUARE, rows);
      for (int64_t j = 0; j < columns; j += 4) {
        int64_t i = i0, width = lemnos_least(4, columns - j);
        for (; width == 4 && i + 4 <= i1; i += 4) {
          lemnos_four square[4];
          for (int k = 0; k < 4; k++) square[k] = *(const lemnos_four *)(from + (i + k) * columns + j);
          lemnos_transpose_four(square);
          for (int k = 0; k < 4; k++) *(lemnos_four *)(to + (j + k) * rows + i) = square[k];
        }
        for (; i < i1; i += 4) transpose_edge(from, i, lemnos_least(4, i1 - i), rows, j, width, columns, to);
      }
    }
  }
}
