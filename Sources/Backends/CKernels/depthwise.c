// Depthwise convolution: one channel and one filter per group. As GEMMs these are products of single numbers;
// instead neighbouring channels, which lie side by side, are the lanes of a vector.

#include "convolutions.h"
#include "targets.h"
#include "windows.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))

typedef float lanes __attribute__((vector_size(4 * LEMNOS_WIDEST), aligned(4)));
typedef int32_t mask __attribute__((vector_size(4 * LEMNOS_WIDEST), aligned(4)));

enum {
  LANES = LEMNOS_WIDEST,
  // Results of a row at a time, all by the same weights.
  RESULTS = 4,
  // Elements of a window's row at a time, all of the same gradient.
  TAPS = 3,
  // Results of a unit of work: they are in the L2 cache for the epilogue.
  UNIT_FLOATS = 32 << 10,
};

static int64_t unit_rows(const lemnos_convolution *z) {
  return lemnos_most(1, lemnos_least(z->p, UNIT_FLOATS / lemnos_most(1, z->q * z->groups)));
}

static int64_t bands(const lemnos_convolution *z) {
  int64_t rows = unit_rows(z);
  return (z->p + rows - 1) / rows;
}

int64_t lemnos_depthwise_units(const lemnos_convolution *z) { return z->images * bands(z); }

void lemnos_depthwise_range(const lemnos_convolution *z, int64_t unit, int64_t *begin, int64_t *end) {
  int64_t image = unit / bands(z), p = unit % bands(z) * unit_rows(z);
  *begin = (image * z->p + p) * z->q;
  *end = (image * z->p + lemnos_least(z->p, p + unit_rows(z))) * z->q;
}

void lemnos_depthwise_pack(const lemnos_filters *f, float *packed) {
  for (int64_t group = 0; group < f->groups; group++) {
    const float *filter = f->weights + group * f->whole_r * f->whole_s;
    for (int64_t r = 0; r < f->r; r++) {
      for (int64_t s = 0; s < f->s; s++) {
        packed[(r * f->s + s) * f->groups + group] =
            filter[(f->first_r + r * f->step_r) * f->whole_s + f->first_s + s * f->step_s];
      }
    }
  }
}

// Results whose windows' elements s all lie within the row.
static void results_of(const lemnos_convolution *z, int64_t s, int64_t *begin, int64_t *end) {
  within(z->first_w + s * z->dilation_w, z->q, z->step_w, z->w, begin, end);
}

// Some neighbouring results of sixteen channels, by rows r0 ..< r1 and columns s0 ..< s1 of their windows, the first of
// which begins at `first`, which may lie in the padding.
INLINE void results(
    int count, const lemnos_convolution *z, int64_t first, int64_t r0, int64_t r1, int64_t s0, int64_t s1,
    const float *weights, float *y) {
  lanes sum[RESULTS];
#pragma clang loop unroll(full)
  for (int i = 0; i < count; i++) sum[i] = (lanes){0};
  for (int64_t r = r0; r < r1; r++) {
    for (int64_t s = s0; s < s1; s++) {
      lanes weight = *(const lanes *)(weights + (r * z->s + s) * z->groups);
      const float *pixel = z->x + (first + (r * z->dilation_h * z->w + s * z->dilation_w) * z->pitch);
#pragma clang loop unroll(full)
      for (int i = 0; i < count; i++) sum[i] += *(const lanes *)(pixel + i * z->step_w * z->pitch) * weight;
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < count; i++) *(lanes *)(y + i * z->y_pixel) = sum[i];
}

LEMNOS_VECTORIZED
void lemnos_depthwise(const lemnos_convolution *z, int64_t unit) {
  int64_t image = unit / bands(z), p0 = unit % bands(z) * unit_rows(z), p1 = lemnos_least(z->p, p0 + unit_rows(z));
  // Results begin ..< end have no padding in their rows' windows.
  int64_t begin = 0, end = z->q;
  if (z->s > 0) {
    int64_t other;
    results_of(z, 0, &begin, &other);
    results_of(z, z->s - 1, &other, &end);
    begin = lemnos_least(begin, z->q);
    end = lemnos_most(begin, end);
  }
  for (int64_t p = p0; p < p1; p++) {
    int64_t top = z->first_h + p * z->step_h, r0, r1;
    within(top, z->r, z->dilation_h, z->h, &r0, &r1);
    int64_t row = ((image * z->h + top) * z->w + z->first_w) * z->pitch;
    float *to = z->y + (image * z->y_image + p * z->y_row - z->y_first);
    // The last sixteen channels overlap with those before, which get the same results again.
    for (int64_t at = 0; at < z->groups; at += LANES) {
      int64_t c = lemnos_least(at, z->groups - LANES);
      for (int64_t q = 0; q < z->q;) {
        int64_t first = row + q * z->step_w * z->pitch + c;
        float *y = to + q * z->y_pixel + c;
        if (q >= begin && q + RESULTS <= end) {
          results(RESULTS, z, first, r0, r1, 0, z->s, z->packed + c, y);
          q += RESULTS;
        } else {
          int64_t s0, s1;
          within(z->first_w + q * z->step_w, z->s, z->dilation_w, z->w, &s0, &s1);
          results(1, z, first, r0, r1, s0, s1, z->packed + c, y);
          q++;
        }
      }
    }
  }
}

// Adds the products of gradients q0 ..< q1 of a row and the elements that neighbouring taps meet, to their sums. The
// first window's element of the first tap is at `first`, which may lie in the padding.
INLINE void add_products(
    int count, const lemnos_convolution *z, int64_t first, const float *dy, int64_t q0, int64_t q1, const mask *own,
    float *total) {
  lanes sum[TAPS];
#pragma clang loop unroll(full)
  for (int i = 0; i < count; i++) sum[i] = (lanes){0};
  for (int64_t q = q0; q < q1; q++) {
    lanes gradient = *(const lanes *)(dy + q * z->groups);
    const float *pixel = z->x + (first + q * z->step_w * z->pitch);
#pragma clang loop unroll(full)
    for (int i = 0; i < count; i++) sum[i] += *(const lanes *)(pixel + i * z->dilation_w * z->pitch) * gradient;
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < count; i++) {
    lanes *to = (lanes *)(total + i * z->groups);
    *to += (lanes)((mask)sum[i] & *own);
  }
}

#define ADD_CASE(taps) \
  case taps: add_products(taps, z, x, dy, begin, end, own, total + s * z->groups); break;

// One row of dy with one row of x: all taps of a row of the window, for sixteen channels.
INLINE void add_row(const lemnos_convolution *z, int64_t row, const float *dy, const mask *own, float *total) {
  for (int64_t s = 0, count; s < z->s; s += count) {
    count = lemnos_least(TAPS, z->s - s);
    // Gradients begin ..< end meet elements of the row with all of these taps, others with some of them.
    int64_t begin, end, first, last;
    results_of(z, s, &begin, &last);
    results_of(z, s + count - 1, &first, &end);
    begin = lemnos_least(begin, z->q);
    end = lemnos_most(begin, end);
    int64_t x = row + s * z->dilation_w * z->pitch;
    switch (count) { ADD_CASE(1) ADD_CASE(2) ADD_CASE(3) }
    for (int64_t tap = s; tap < s + count; tap++) {
      int64_t own_x = row + tap * z->dilation_w * z->pitch;
      results_of(z, tap, &first, &last);
      add_products(1, z, own_x, dy, first, lemnos_least(begin, last), own, total + tap * z->groups);
      add_products(1, z, own_x, dy, lemnos_most(end, first), last, own, total + tap * z->groups);
    }
  }
}

LEMNOS_VECTORIZED
void lemnos_depthwise_gradient(
    const lemnos_convolution *z, const float *dy, int64_t first, int64_t last, float *total) {
  memset(total, 0, (size_t)(z->r * z->s * z->groups) * sizeof(float));
  for (int64_t image = first; image < last; image++) {
    for (int64_t p = 0; p < z->p; p++) {
      int64_t top = z->first_h + p * z->step_h, r0, r1;
      within(top, z->r, z->dilation_h, z->h, &r0, &r1);
      const float *gradients = dy + (image * z->p + p) * z->q * z->groups;
      for (int64_t r = r0; r < r1; r++) {
        int64_t row = ((image * z->h + top + r * z->dilation_h) * z->w + z->first_w) * z->pitch;
        for (int64_t at = 0; at < z->groups; at += LANES) {
          // Of the last sixteen channels, those that were added up before are left out.
          int64_t c = lemnos_least(at, z->groups - LANES);
          mask own;
          for (int lane = 0; lane < LANES; lane++) own[lane] = c + lane >= at ? -1 : 0;
          add_row(z, row + c, gradients + c, &own, total + r * z->s * z->groups + c);
        }
      }
    }
  }
}

void lemnos_depthwise_gather(
    const lemnos_convolution *z, const float *totals, int64_t parts, int64_t first, int64_t last, float *dw) {
  int64_t taps = z->r * z->s;
  for (int64_t group = first; group < last; group++) {
    for (int64_t tap = 0; tap < taps; tap++) {
      float sum = totals[tap * z->groups + group];
      for (int64_t part = 1; part < parts; part++) sum += totals[(part * taps + tap) * z->groups + group];
      dw[(group - first) * taps + tap] = sum;
    }
  }
}
