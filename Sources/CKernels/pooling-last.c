#include "include/CKernels.h"
#include "targets.h"
#include "windows.h"

#include <string.h>

// Channels that are looked at side by side.
enum { SIDE_BY_SIDE = 64 };

// The elements r0 ..< r1, s0 ..< s1 of a result's window that lie within the image, and where its first element would lie.
typedef struct {
  int64_t image, top, left, r0, r1, s0, s1;
} window;

static inline window window_of(const lemnos_windows *z, int64_t result) {
  window at;
  at.image = result / (z->p * z->q);
  at.top = result / z->q % z->p * z->stride_h - z->top;
  at.left = result % z->q * z->stride_w - z->left;
  within(at.top, z->r, 1, z->h, &at.r0, &at.r1);
  within(at.left, z->s, 1, z->w, &at.s0, &at.s1);
  return at;
}

static inline int64_t pixel_of(const lemnos_windows *z, const window *at, int64_t r, int64_t s) {
  return ((at->image * z->h + at->top + r) * z->w + at->left + s) * z->c;
}

LEMNOS_VECTORIZED
void lemnos_max_pool_places_last(const lemnos_windows *z, const float *x, uint8_t *places, int64_t begin, int64_t end) {
  for (int64_t result = begin; result < end; result++) {
    window at = window_of(z, result);
    for (int64_t c = 0; c < z->c; c += SIDE_BY_SIDE) {
      int64_t n = z->c - c < SIDE_BY_SIDE ? z->c - c : SIDE_BY_SIDE;
      float greatest[SIDE_BY_SIDE];
      int32_t best[SIDE_BY_SIDE];
      const float *pixel = x + pixel_of(z, &at, at.r0, at.s0) + c;
      for (int64_t e = 0; e < n; e++) {
        greatest[e] = pixel[e];
        best[e] = (int32_t)(at.r0 * z->s + at.s0);
      }
      for (int64_t r = at.r0; r < at.r1; r++) {
        for (int64_t s = at.s0; s < at.s1; s++) {
          pixel = x + pixel_of(z, &at, r, s) + c;
          int32_t place = (int32_t)(r * z->s + s);
          for (int64_t e = 0; e < n; e++) TAKE_GREATER(greatest[e], best[e], pixel[e], place);
        }
      }
      for (int64_t e = 0; e < n; e++) places[result * z->c + c + e] = (uint8_t)best[e];
    }
  }
}

LEMNOS_VECTORIZED
void lemnos_max_pool_pick_last(
    const lemnos_windows *z, const float *x, const uint8_t *places, float *y, int64_t begin, int64_t end) {
  for (int64_t result = begin; result < end; result++) {
    window at = window_of(z, result);
    const uint8_t *place = places + result * z->c;
    float *to = y + result * z->c;
    for (int64_t r = at.r0; r < at.r1; r++) {
      for (int64_t s = at.s0; s < at.s1; s++) {
        const float *pixel = x + pixel_of(z, &at, r, s);
        uint8_t here = (uint8_t)(r * z->s + s);
#pragma clang loop vectorize(assume_safety)
        for (int64_t c = 0; c < z->c; c++) to[c] = place[c] == here ? pixel[c] : to[c];
      }
    }
  }
}

LEMNOS_VECTORIZED
void lemnos_max_pool_gradient_last(
    const lemnos_windows *z, const float *dy, const uint8_t *places, float *dx, int64_t begin, int64_t end) {
  int64_t size = z->h * z->w * z->c, results = z->p * z->q;
  memset(dx + begin * size, 0, (size_t)((end - begin) * size) * sizeof(float));
  for (int64_t result = begin * results; result < end * results; result++) {
    window at = window_of(z, result);
    const uint8_t *place = places + result * z->c;
    const float *from = dy + result * z->c;
    for (int64_t r = at.r0; r < at.r1; r++) {
      for (int64_t s = at.s0; s < at.s1; s++) {
        float *pixel = dx + pixel_of(z, &at, r, s);
        uint8_t here = (uint8_t)(r * z->s + s);
#pragma clang loop vectorize(assume_safety)
        for (int64_t c = 0; c < z->c; c++) pixel[c] += place[c] == here ? from[c] : 0.0f;
      }
    }
  }
}
