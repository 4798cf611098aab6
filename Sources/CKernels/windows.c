#include "include/CKernels.h"

#include <string.h>

// The results q for which element s of the window lies over a pixel: begin ≤ q < end.
static void inside(const lemnos_windows *z, int64_t s, int64_t *begin, int64_t *end) {
  int64_t shift = s * z->dilation_w - z->left;
  int64_t first = shift >= 0 ? 0 : (-shift + z->stride_w - 1) / z->stride_w;
  int64_t last = z->w - 1 - shift < 0 ? -1 : (z->w - 1 - shift) / z->stride_w;
  *begin = first < z->q ? first : z->q;
  *end = last + 1 < z->q ? last + 1 : z->q;
  if (*end < *begin) *end = *begin;
}

void lemnos_image_to_columns(const lemnos_windows *z, const float *x, float *columns) {
  for (int64_t c = 0; c < z->c; c++) {
    for (int64_t r = 0; r < z->r; r++) {
      for (int64_t s = 0; s < z->s; s++) {
        int64_t begin, end;
        inside(z, s, &begin, &end);
        for (int64_t p = 0; p < z->p; p++, columns += z->q) {
          int64_t h = p * z->stride_h + r * z->dilation_h - z->top;
          if (h < 0 || h >= z->h) {
            memset(columns, 0, (size_t)z->q * sizeof(float));
            continue;
          }
          const float *row = x + (c * z->h + h) * z->w + s * z->dilation_w - z->left;
          for (int64_t q = 0; q < begin; q++) columns[q] = 0.0f;
          if (z->stride_w == 1) {
            memcpy(columns + begin, row + begin, (size_t)(end - begin) * sizeof(float));
          } else {
            for (int64_t q = begin; q < end; q++) columns[q] = row[q * z->stride_w];
          }
          for (int64_t q = end; q < z->q; q++) columns[q] = 0.0f;
        }
      }
    }
  }
}

void lemnos_columns_to_image(const lemnos_windows *z, const float *columns, float *x) {
  memset(x, 0, (size_t)(z->c * z->h * z->w) * sizeof(float));
  for (int64_t c = 0; c < z->c; c++) {
    for (int64_t r = 0; r < z->r; r++) {
      for (int64_t s = 0; s < z->s; s++) {
        int64_t begin, end;
        inside(z, s, &begin, &end);
        for (int64_t p = 0; p < z->p; p++, columns += z->q) {
          int64_t h = p * z->stride_h + r * z->dilation_h - z->top;
          if (h < 0 || h >= z->h) continue;
          float *row = x + (c * z->h + h) * z->w + s * z->dilation_w - z->left;
          for (int64_t q = begin; q < end; q++) row[q * z->stride_w] += columns[q];
        }
      }
    }
  }
}
