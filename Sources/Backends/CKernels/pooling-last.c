#include "include/CKernels.h"
#include "targets.h"
#include "windows.h"

#include <string.h>

// Sixteen channels of a pixel, and the argmax index of each.
typedef float wide __attribute__((vector_size(64), aligned(4)));
typedef int32_t wide_int __attribute__((vector_size(64), aligned(4)));
typedef uint8_t wide_byte __attribute__((vector_size(16), aligned(1)));

enum { WIDE = 16 };

#define INLINE static inline __attribute__((always_inline))

// Lanes of `a` where the mask is all ones, of `b` where it is zero.
#define CHOOSE(mask, a, b) ((wide)(((mask) & (wide_int)(a)) | (~(mask) & (wide_int)(b))))

// The window elements r0 ..< r1, s0 ..< s1 within the image, and the offset of the window's first pixel.
typedef struct {
  int64_t first, r0, r1, s0, s1;
} window;

INLINE window window_of(const lemnos_windows *z, int64_t image, int64_t p, int64_t q) {
  window at;
  int64_t top = p * z->stride_h - z->top, left = q * z->stride_w - z->left;
  within(top, z->r, 1, z->h, &at.r0, &at.r1);
  within(left, z->s, 1, z->w, &at.s0, &at.s1);
  at.first = ((image * z->h + top) * z->w + left) * z->c;
  return at;
}

INLINE int64_t element_of(const lemnos_windows *z, const window *at, int64_t r, int64_t s) {
  return at->first + (r * z->w + s) * z->c;
}

// Runs `body` for results begin ..< end with `at`, their window, and `result`, the offset of their channels.
#define FOR_EACH_RESULT(body) \
  int64_t image = begin / (z->p * z->q), p = begin / z->q % z->p, q = begin % z->q; \
  for (int64_t number = begin; number < end; number++) { \
    window at = window_of(z, image, p, q); \
    int64_t result = number * z->c; \
    body \
    if (++q == z->q) { \
      q = 0; \
      if (++p == z->p) p = 0, image++; \
    } \
  }

// Branch-free, as TAKE_GREATER: a NaN counts as the maximum, and among equals the first wins.
INLINE void places_wide(
    const lemnos_windows *z, const window *at, const float *x, int64_t c, uint8_t *places, float *y) {
  const float *first = x + element_of(z, at, at->r0, at->s0) + c;
  wide greatest = *(const wide *)first;
  wide_int best = (wide_int){0} + (int32_t)(at->r0 * z->s + at->s0);
  for (int64_t r = at->r0; r < at->r1; r++) {
    const float *pixel = x + element_of(z, at, r, at->s0) + c;
    for (int64_t s = at->s0; s < at->s1; s++, pixel += z->c) {
      wide value = *(const wide *)pixel;
      wide_int is_greater = ~(value <= greatest) & (greatest == greatest);
      greatest = CHOOSE(is_greater, value, greatest);
      best = (is_greater & (int32_t)(r * z->s + s)) | (~is_greater & best);
    }
  }
  if (places) *(wide_byte *)(places + c) = __builtin_convertvector(best, wide_byte);
  if (y) *(wide *)(y + c) = greatest;
}

LEMNOS_VECTORIZED
void lemnos_max_pool_last(
    const lemnos_windows *z, const float *x, uint8_t *places, float *y, int64_t begin, int64_t end) {
  int64_t whole = z->c / WIDE * WIDE;
  FOR_EACH_RESULT({
    for (int64_t c = 0; c < whole; c += WIDE) places_wide(z, &at, x, c, places ? places + result : places, y ? y + result : y);
    for (int64_t c = whole; c < z->c; c++) {
      float greatest = x[element_of(z, &at, at.r0, at.s0) + c];
      int64_t best = at.r0 * z->s + at.s0;
      for (int64_t r = at.r0; r < at.r1; r++) {
        for (int64_t s = at.s0; s < at.s1; s++) TAKE_GREATER(greatest, best, x[element_of(z, &at, r, s) + c], r * z->s + s);
      }
      if (places) places[result + c] = (uint8_t)best;
      if (y) y[result + c] = greatest;
    }
  })
}

LEMNOS_VECTORIZED
void lemnos_max_pool_pick_last(
    const lemnos_windows *z, const float *x, const uint8_t *places, float *y, int64_t begin, int64_t end) {
  int64_t whole = z->c / WIDE * WIDE;
  FOR_EACH_RESULT({
    for (int64_t c = 0; c < whole; c += WIDE) {
      wide_int place = __builtin_convertvector(*(const wide_byte *)(places + result + c), wide_int);
      wide picked = {0};
      for (int64_t r = at.r0; r < at.r1; r++) {
        const float *pixel = x + element_of(z, &at, r, at.s0) + c;
        for (int64_t s = at.s0; s < at.s1; s++, pixel += z->c) {
          picked = CHOOSE(place == (int32_t)(r * z->s + s), *(const wide *)pixel, picked);
        }
      }
      *(wide *)(y + result + c) = picked;
    }
    for (int64_t c = whole; c < z->c; c++) {
      int64_t place = places[result + c];
      y[result + c] = x[element_of(z, &at, place / z->s, place % z->s) + c];
    }
  })
}

LEMNOS_VECTORIZED
void lemnos_max_pool_gradient_last(
    const lemnos_windows *z, const float *dy, const uint8_t *places, float *dx, int64_t first, int64_t last) {
  int64_t size = z->h * z->w * z->c, whole = z->c / WIDE * WIDE, begin = first * z->p * z->q, end = last * z->p * z->q;
  // Without overlap each pixel is written once; if windows cover the image, no zeroing is needed.
  int overlap = z->stride_h < z->r || z->stride_w < z->s;
  int is_whole =
      !overlap && z->top == 0 && z->left == 0 && z->stride_h == z->r && z->stride_w == z->s && z->p * z->r == z->h
      && z->q * z->s == z->w;
  if (!is_whole) memset(dx + first * size, 0, (size_t)((last - first) * size) * sizeof(float));
  FOR_EACH_RESULT({
    for (int64_t c = 0; c < whole; c += WIDE) {
      wide_int place = __builtin_convertvector(*(const wide_byte *)(places + result + c), wide_int);
      wide gradient = *(const wide *)(dy + result + c);
      for (int64_t r = at.r0; r < at.r1; r++) {
        float *pixel = dx + element_of(z, &at, r, at.s0) + c;
        for (int64_t s = at.s0; s < at.s1; s++, pixel += z->c) {
          wide own = CHOOSE(place == (int32_t)(r * z->s + s), gradient, (wide){0});
          *(wide *)pixel = overlap ? *(wide *)pixel + own : own;
        }
      }
    }
    for (int64_t c = whole; c < z->c; c++) {
      int64_t place = places[result + c];
      if (is_whole) {
        for (int64_t r = at.r0; r < at.r1; r++) {
          for (int64_t s = at.s0; s < at.s1; s++) dx[element_of(z, &at, r, s) + c] = 0;
        }
      }
      dx[element_of(z, &at, place / z->s, place % z->s) + c] += dy[result + c];
    }
  })
}
