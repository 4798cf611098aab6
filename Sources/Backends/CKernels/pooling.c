#include "include/CKernels.h"
#include "targets.h"
#include "windows.h"

#include <string.h>

enum { CHUNK = 64 };

// Results q ..< q + n of one row, whose windows have no column outside the image: vectorized.
static inline __attribute__((always_inline)) void places_inside(
    const lemnos_windows *z, const float *image, int64_t top, int64_t r0, int64_t r1, int64_t q, int64_t n, uint8_t *result) {
  float greatest[CHUNK];
  int32_t best[CHUNK];
  const float *first = image + (top + r0) * z->w + q * z->stride_w - z->left;
  for (int64_t e = 0; e < n; e++) {
    greatest[e] = first[e * z->stride_w];
    best[e] = (int32_t)(r0 * z->s);
  }
  for (int64_t r = r0; r < r1; r++) {
    for (int64_t s = 0; s < z->s; s++) {
      const float *row = image + (top + r) * z->w + q * z->stride_w - z->left + s;
      int32_t place = (int32_t)(r * z->s + s);
      if (z->stride_w == 1) {
        for (int64_t e = 0; e < n; e++) TAKE_GREATER(greatest[e], best[e], row[e], place);
      } else if (z->stride_w == 2) {
        for (int64_t e = 0; e < n; e++) TAKE_GREATER(greatest[e], best[e], row[2 * e], place);
      } else {
        for (int64_t e = 0; e < n; e++) TAKE_GREATER(greatest[e], best[e], row[e * z->stride_w], place);
      }
    }
  }
  for (int64_t e = 0; e < n; e++) result[e] = (uint8_t)best[e];
}

// One result, whose window may have columns outside the image.
static inline __attribute__((always_inline)) uint8_t place_at_edge(
    const lemnos_windows *z, const float *image, int64_t top, int64_t r0, int64_t r1, int64_t q) {
  int64_t left = q * z->stride_w - z->left, s0, s1;
  within(left, z->s, 1, z->w, &s0, &s1);
  int64_t best = r0 * z->s + s0;
  float greatest = image[(top + r0) * z->w + left + s0];
  for (int64_t r = r0; r < r1; r++) {
    for (int64_t s = s0; s < s1; s++) TAKE_GREATER(greatest, best, image[(top + r) * z->w + left + s], r * z->s + s);
  }
  return (uint8_t)best;
}

LEMNOS_VECTORIZED
void lemnos_max_pool_places(const lemnos_windows *z, const float *x, uint8_t *places, int64_t begin, int64_t end) {
  // Results inner ..< outer have no column outside the image.
  int64_t inner = (z->left + z->stride_w - 1) / z->stride_w;
  int64_t outer = z->w + z->left < z->s ? 0 : (z->w + z->left - z->s) / z->stride_w + 1;
  if (inner > z->q) inner = z->q;
  if (outer > z->q) outer = z->q;
  if (outer < inner) outer = inner;
  for (int64_t plane = begin; plane < end; plane++) {
    const float *image = x + plane * z->h * z->w;
    for (int64_t p = 0; p < z->p; p++) {
      uint8_t *result = places + (plane * z->p + p) * z->q;
      int64_t top = p * z->stride_h - z->top, r0, r1;
      within(top, z->r, 1, z->h, &r0, &r1);
      for (int64_t q = 0; q < inner; q++) result[q] = place_at_edge(z, image, top, r0, r1, q);
      for (int64_t q = inner; q < outer; q += CHUNK) {
        places_inside(z, image, top, r0, r1, q, outer - q < CHUNK ? outer - q : CHUNK, result + q);
      }
      for (int64_t q = outer; q < z->q; q++) result[q] = place_at_edge(z, image, top, r0, r1, q);
    }
  }
}

// The pixel at index `place` of result (p, q)'s window, within its plane; always within the image.
static inline int64_t pixel(const lemnos_windows *z, int64_t p, int64_t q, const int64_t *rows, const int64_t *columns, uint8_t place) {
  return (p * z->stride_h + rows[place]) * z->w + q * z->stride_w + columns[place];
}

// The offset of each window element from the window's first pixel, for at most 256 elements.
static void offsets(const lemnos_windows *z, int64_t *rows, int64_t *columns) {
  for (int64_t place = 0; place < z->r * z->s; place++) {
    rows[place] = place / z->s * z->dilation_h - z->top;
    columns[place] = place % z->s * z->dilation_w - z->left;
  }
}

void lemnos_max_pool_pick(
    const lemnos_windows *z, const float *x, const uint8_t *places, float *y, int64_t begin, int64_t end) {
  int64_t rows[256], columns[256];
  offsets(z, rows, columns);
  for (int64_t plane = begin; plane < end; plane++) {
    int64_t index = plane * z->p * z->q;
    for (int64_t p = 0; p < z->p; p++) {
      for (int64_t q = 0; q < z->q; q++, index++) {
        y[index] = x[plane * z->h * z->w + pixel(z, p, q, rows, columns, places[index])];
      }
    }
  }
}

void lemnos_max_pool_gradient(
    const lemnos_windows *z, const float *dy, const uint8_t *places, float *dx, int64_t begin, int64_t end) {
  int64_t rows[256], columns[256];
  offsets(z, rows, columns);
  memset(dx + begin * z->h * z->w, 0, (size_t)((end - begin) * z->h * z->w) * sizeof(float));
  for (int64_t plane = begin; plane < end; plane++) {
    int64_t index = plane * z->p * z->q;
    for (int64_t p = 0; p < z->p; p++) {
      for (int64_t q = 0; q < z->q; q++, index++) {
        dx[plane * z->h * z->w + pixel(z, p, q, rows, columns, places[index])] += dy[index];
      }
    }
  }
}
