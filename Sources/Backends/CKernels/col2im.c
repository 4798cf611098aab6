// The input gradient of few channels. As columns of a GEMM, few channels would leave most of a
// vector empty; so each pixel of dy is multiplied by all R · S · C filter elements, and the products are
// added to the window's pixels.

#include "products.h"
#include "targets.h"

#include <string.h>

// About the number of windows multiplied at a time: their products stay in the L1 cache.
enum { WINDOWS = 64 };

static int64_t elements(const lemnos_convolution *z) { return z->r * z->s * z->channels; }

int64_t lemnos_col2im_packed_count(const lemnos_convolution *z) { return lemnos_wide(elements(z)) * z->filters; }

void lemnos_col2im_pack(const lemnos_convolution *z, const float *weights, float *packed) {
  int64_t count = elements(z), taps = z->r * z->s;
  for (int64_t e0 = 0, e1; e0 < count; e0 = e1) {
    e1 = lemnos_panel_end(e0, count);
    float *panel = packed + e0 * z->filters;
    int64_t wide = lemnos_wide(e1 - e0);
    for (int64_t k = 0; k < z->filters; k++) {
      for (int64_t e = e0; e < e1; e++) {
        panel[k * wide + e - e0] = weights[(k * z->channels + e % z->channels) * taps + e / z->channels];
      }
      for (int64_t e = e1 - e0; e < wide; e++) panel[k * wide + e] = 0.0f;
    }
  }
}

// y[i] += x[i], for exactly `count` elements: memory beyond the window is not written.
static inline __attribute__((always_inline)) void add(const float *x, int64_t count, float *y) {
  typedef float eight __attribute__((vector_size(32), aligned(4)));
  int64_t i = 0;
  for (; i + 8 <= count; i += 8) *(eight *)(y + i) += *(const eight *)(x + i);
  for (; i + 4 <= count; i += 4) *(lemnos_four *)(y + i) += *(const lemnos_four *)(x + i);
  for (; i < count; i++) y[i] += x[i];
}

// Rows of an image's gradient, with padding at both sides.
typedef struct {
  float *pixels;
  int64_t first, last, row;
} band;

// Adds columns e0 ..< e1 of the products of windows in rows p0 ..< p1; stride LEMNOS_PANEL floats between
// windows.
LEMNOS_VECTORIZED
static void add_windows(
    const lemnos_convolution *z, const band *b, int64_t p0, int64_t p1, int64_t e0, int64_t e1, const float *products) {
  int64_t per_row = z->s * z->channels, step = z->step_w * z->channels;
  for (int64_t p = p0; p < p1; p++, products += z->q * LEMNOS_PANEL) {
    for (int64_t from = e0, to; from < e1; from = to) {
      int64_t r = from / per_row, h = p * z->step_h + z->first_h + r * z->dilation_h;
      to = lemnos_least(e1, (r + 1) * per_row);
      if (h < b->first || h >= b->last) continue;
      float *y = b->pixels + (h - b->first) * b->row + from - r * per_row;
      for (int64_t q = 0; q < z->q; q++) add(products + q * LEMNOS_PANEL + from - e0, to - from, y + q * step);
    }
  }
}

// The first row of windows whose row `element` is at pixel row h or below.
static int64_t first_from(const lemnos_convolution *z, int64_t h, int64_t element) {
  int64_t distance = h - z->first_h - element * z->dilation_h;
  return distance <= 0 ? 0 : lemnos_least(z->p, (distance + z->step_h - 1) / z->step_h);
}

void lemnos_col2im(
    const lemnos_convolution *z, const float *dy, const float *packed, int64_t image, int64_t h0, int64_t h1, float *dx) {
  int64_t count = elements(z), width = (z->q - 1) * z->step_w + z->s;
  int64_t at_once = lemnos_most(1, WINDOWS / z->q), sums = at_once * z->q * LEMNOS_PANEL;
  band b = {.first = h0, .last = h1, .row = width * z->channels};
  float *products = lemnos_scratch(LEMNOS_SCRATCH_OPERANDS, sums + (h1 - h0) * b.row);
  b.pixels = products + sums;
  memset(b.pixels, 0, (size_t)((h1 - h0) * b.row) * 4);
  // Rows of windows that overlap these rows of pixels.
  int64_t begin = first_from(z, h0, z->r - 1), end = first_from(z, h1, 0);
  for (int64_t p0 = begin, p1; p0 < end; p0 = p1) {
    p1 = lemnos_least(end, p0 + at_once);
    lemnos_operand_a left = {dy + (image * z->p + p0) * z->q * z->filters, z->filters, 1, z->filters, 1, 0};
    for (int64_t e0 = 0, e1; e0 < count; e0 = e1) {
      e1 = lemnos_panel_end(e0, count);
      lemnos_multiply_panel(&left, packed + e0 * z->filters, lemnos_wide(e1 - e0), (p1 - p0) * z->q, e1 - e0, products, NULL);
      add_windows(z, &b, p0, p1, e0, e1, products);
    }
  }
  // Pixels covered by windows: w0 ..< w1.
  int64_t w0 = lemnos_least(z->w, lemnos_most(0, z->first_w)), w1 = lemnos_most(w0, lemnos_least(z->w, z->first_w + width));
  for (int64_t h = h0; h < h1; h++) {
    float *row = dx + (h - h0) * z->w * z->channels;
    const float *from = b.pixels + (h - h0) * b.row + (w0 - z->first_w) * z->channels;
    memset(row, 0, (size_t)(w0 * z->channels) * 4);
    memcpy(row + w0 * z->channels, from, (size_t)((w1 - w0) * z->channels) * 4);
    memset(row + w1 * z->channels, 0, (size_t)((z->w - w1) * z->channels) * 4);
  }
}
