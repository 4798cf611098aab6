#ifndef LEMNOS_WINOGRAD_H
#define LEMNOS_WINOGRAD_H

#include "convolutions.h"
#include "products.h"
#include "targets.h"

// 3×3 convolution by Winograd's algorithm (Winograd 1980; Lavin & Gray 2016, "Fast algorithms for
// convolutional neural networks"): m×m results at a time from an n×n tile of pixels, n = m + 2.
//
//     Y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A
//
// For each of the n² tile elements, the products of all tiles and channels are a matrix product. For m = 4
// there are 36 multiplications instead of 144, for m = 2 16 instead of 36, at the price of rounding errors of
// the transforms. The interpolation points are 0, ±1, ∞ for m = 2 and 0, ±5/8, ±3/2, ∞ for m = 4, which has
// smaller errors than the usual ±1, ±2.

// Sixteen channels of a pixel.
typedef float wide __attribute__((vector_size(64), aligned(4)));

#define INLINE static inline __attribute__((always_inline))

enum { MAX_SIDE = 6 };

// The points ±a and ±b of m = 4, their squares, and the other points' polynomials there: 2a²(a² − b²), 2b²(b²
// − a²).
#define POINT_A 0.625f
#define POINT_B 1.5f
#define SQUARE_A (POINT_A * POINT_A)
#define SQUARE_B (POINT_B * POINT_B)
#define SCALE_A (1.0f / (2.0f * SQUARE_A * (SQUARE_A - SQUARE_B)))
#define SCALE_B (1.0f / (2.0f * SQUARE_B * (SQUARE_B - SQUARE_A)))

// The stride between the matrices of tile elements: an odd number of cache lines, so that equal indices of
// different matrices map to different cache sets.
static inline int64_t matrix_floats(int64_t rows, int64_t row) {
  int64_t count = (rows * row + 15) / 16;
  return 16 * (count % 2 == 0 ? count + 1 : count);
}

// Bᵀ d of a column of n elements, `step` apart.
INLINE void transform_pixels(int m, const wide *d, int step, wide *to, int to_step) {
  wide d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step];
  if (m == 2) {
    to[0] = d0 - d2;
    to[to_step] = d1 + d2;
    to[2 * to_step] = d2 - d1;
    to[3 * to_step] = d1 - d3;
  } else {
    wide d4 = d[4 * step], d5 = d[5 * step];
    wide even_a = d4 - SQUARE_B * d2, odd_a = POINT_A * (d3 - SQUARE_B * d1);
    wide even_b = d4 - SQUARE_A * d2, odd_b = POINT_B * (d3 - SQUARE_A * d1);
    to[0] = SQUARE_A * SQUARE_B * d0 - (SQUARE_A + SQUARE_B) * d2 + d4;
    to[to_step] = even_a + odd_a;
    to[2 * to_step] = even_a - odd_a;
    to[3 * to_step] = even_b + odd_b;
    to[4 * to_step] = even_b - odd_b;
    to[5 * to_step] = SQUARE_A * SQUARE_B * d1 - (SQUARE_A + SQUARE_B) * d3 + d5;
  }
}

// Tiles per row of results, and rows of tiles.
static inline int64_t across(const lemnos_convolution *z, int m) { return (z->q + m - 1) / m; }
static inline int64_t down(const lemnos_convolution *z, int m) { return (z->p + m - 1) / m; }

// V[place][tile][channel] of one tile.
INLINE void gather_tile(
    const lemnos_convolution *z, int m, int64_t image, int64_t row, int64_t column, float *v, int64_t by_place) {
  int n = m + 2;
  int64_t top = row * m + z->first_h, left = column * m + z->first_w;
  int is_inside = top >= 0 && left >= 0 && top + n <= z->h && left + n <= z->w;
  int64_t first = ((image * z->h + top) * z->w + left) * z->pitch;
  for (int64_t c = 0; c < z->channels; c += 16) {
    wide d[MAX_SIDE * MAX_SIDE], half[MAX_SIDE * MAX_SIDE], whole[MAX_SIDE * MAX_SIDE];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        int is_pixel = is_inside || (top + i >= 0 && top + i < z->h && left + j >= 0 && left + j < z->w);
        d[n * i + j] = is_pixel ? *(const wide *)(z->x + (first + (i * z->w + j) * z->pitch + c)) : (wide){0};
      }
    }
    for (int j = 0; j < n; j++) transform_pixels(m, d + j, n, half + j, n);
    for (int i = 0; i < n; i++) transform_pixels(m, half + n * i, 1, whole + n * i, 1);
    for (int place = 0; place < n * n; place++) *(wide *)(v + place * by_place + c) = whole[place];
  }
}

#endif
