#include "products.h"
#include "targets.h"

// Squares of so many elements stay in the first-level cache.
enum { SQUARE = 32 };

LEMNOS_VECTORIZED
void lemnos_transpose(const float *x, int64_t rows, int64_t columns, float *y, int64_t begin, int64_t end) {
  for (int64_t o = begin; o < end; o++) {
    const float *from = x + o * rows * columns;
    float *to = y + o * rows * columns;
    for (int64_t i0 = 0; i0 < rows; i0 += SQUARE) {
      int64_t i1 = i0 + SQUARE < rows ? i0 + SQUARE : rows;
      for (int64_t j = 0; j < columns; j += 4) {
        int64_t i = i0;
        for (; j + 4 <= columns && i + 4 <= i1; i += 4) {
          lemnos_four square[4];
          for (int k = 0; k < 4; k++) square[k] = *(const lemnos_four *)(from + (i + k) * columns + j);
          lemnos_transpose_four(square);
          for (int k = 0; k < 4; k++) *(lemnos_four *)(to + (j + k) * rows + i) = square[k];
        }
        for (; i < i1; i++) {
          for (int64_t k = j; k < j + 4 && k < columns; k++) to[k * rows + i] = from[i * columns + k];
        }
      }
    }
  }
}
