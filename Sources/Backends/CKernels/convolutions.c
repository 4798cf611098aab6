#include "convolutions.h"
#include "products.h"
#include "targets.h"

#include <string.h>

// Implicit GEMM: the windows of a convolution are the rows of a matrix with R · S · C columns, packed filters
// the other factor. The matrix is never materialized (no im2col): windows are read in place from a band of
// padded image rows, or a block of windows is gathered.

enum {
  // Floats of a block: together with its filters it fits into the L2 cache.
  BLOCK_FLOATS = 64 << 10,
  GATHERED_FLOATS = 96 << 10,
  GATHERED_WINDOWS = 224,
  // Window elements multiplied at a time.
  GATHERED_DEPTH = 1536,
  // Windows and rows per block of a filter gradient.
  GRADIENT_WINDOWS = 256,
  GRADIENT_CHANNELS = 64,
  // Window elements for which a panel of filters is packed at a time, right before it is multiplied.
  PANEL_DEPTH = 1536,
  // Longer sums are split into shorter ones at rows of the window, which reduces rounding errors.
  BAND_DEPTH = 1024,
};

// The row stride of a scratch matrix, padded to avoid cache conflicts between rows.
static inline int64_t row_floats(int64_t width) { return width % 256 == 0 ? width + LEMNOS_WIDEST : width; }

// Gathers taps tap0 ..< tap1 and channels c0 ..< c1 of windows begin ..< end, one window per row.
LEMNOS_VECTORIZED
static void gather(
    const lemnos_convolution *z, int64_t begin, int64_t end, int64_t tap0, int64_t tap1, int64_t c0, int64_t c1, float *to,
    int64_t to_row) {
  int64_t count = c1 - c0, per_image = z->p * z->q;
  for (int64_t window = begin; window < end; window++, to += to_row) {
    int64_t image = window / per_image, p = window % per_image / z->q, q = window % z->q;
    const float *x = z->x + image * z->h * z->w * z->pitch + c0;
    int64_t top = p * z->step_h + z->first_h, left = q * z->step_w + z->first_w;
    float *row = to;
    for (int64_t tap = tap0; tap < tap1; tap++, row += count) {
      int64_t h = top + tap / z->s * z->dilation_h, w = left + tap % z->s * z->dilation_w;
      if (h < 0 || h >= z->h || w < 0 || w >= z->w) {
        for (int64_t c = 0; c < count; c++) row[c] = 0.0f;
      } else {
        const float *pixel = x + (h * z->w + w) * z->pitch;
        for (int64_t c = 0; c < count; c++) row[c] = pixel[c];
      }
    }
  }
}

// The padded image rows under the windows of result rows p0 ..< p1, channels c0 ..< c1.
typedef struct {
  float *pixels;
  int64_t count, width, row, height;
} band;

static band band_of(const lemnos_convolution *z, int64_t rows, int64_t channels) {
  band b = {0};
  b.count = channels;
  b.width = (z->q - 1) * z->step_w + z->s;
  b.row = row_floats(b.width * channels);
  b.height = (rows - 1) * z->step_h + (z->r - 1) * z->dilation_h + 1;
  return b;
}

// The number of result rows per block.
static int64_t band_rows(const lemnos_convolution *z, int64_t channels) {
  int64_t rows = z->p;
  while (rows > 1) {
    band b = band_of(z, rows, channels);
    if (b.row * b.height <= BLOCK_FLOATS) break;
    rows = (rows + 1) / 2;
  }
  return rows;
}

LEMNOS_VECTORIZED
static void fill_band(const lemnos_convolution *z, const band *b, int64_t image, int64_t p0, int64_t c0) {
  int64_t top = p0 * z->step_h + z->first_h, left = z->first_w, count = b->count;
  // Pixels of the band's rows within the image: w0 ..< w1.
  int64_t w0 = left < 0 ? lemnos_least(-left, b->width) : 0, w1 = z->w - left < b->width ? z->w - left : b->width;
  if (w1 < w0) w1 = w0;
  for (int64_t i = 0; i < b->height; i++) {
    float *row = b->pixels + i * b->row;
    int64_t h = top + i;
    if (h < 0 || h >= z->h || w0 == w1) {
      memset(row, 0, (size_t)(b->width * count) * 4);
      continue;
    }
    memset(row, 0, (size_t)(w0 * count) * 4);
    const float *pixel = z->x + ((image * z->h + h) * z->w + left + w0) * z->pitch + c0;
    if (count == z->pitch) {
      memcpy(row + w0 * count, pixel, (size_t)((w1 - w0) * count) * 4);
    } else {
      for (int64_t w = w0; w < w1; w++, pixel += z->pitch) {
        for (int64_t c = 0; c < count; c++) row[w * count + c] = pixel[c];
      }
    }
    memset(row + w1 * count, 0, (size_t)((b->width - w1) * count) * 4);
  }
}

// The number of windows gathered at a time.
static int64_t gathered_block(const lemnos_convolution *z) {
  int64_t depth = lemnos_least(z->r * z->s * z->channels, GATHERED_DEPTH);
  int64_t windows = GATHERED_FLOATS / (depth < 1 ? 1 : depth) / 14 * 14;
  int64_t all = z->images * z->p * z->q;
  // Twice as many, because one after another they share no operand.
  int64_t units = 2 * lemnos_least_units(2 * all * z->r * z->s * z->channels * z->filters);
  int64_t share = (all + units - 1) / units;
  if (windows > share) windows = share;
  return windows < 56 ? 56 : windows > GATHERED_WINDOWS ? GATHERED_WINDOWS : windows;
}

int64_t lemnos_convolution_units(const lemnos_convolution *z) {
  if (!z->is_gathered) {
    int64_t rows = band_rows(z, z->channels);
    return z->images * ((z->p + rows - 1) / rows);
  }
  int64_t windows = z->images * z->p * z->q, block = gathered_block(z);
  return (windows + block - 1) / block;
}

void lemnos_convolution_range(const lemnos_convolution *z, int64_t unit, int64_t *begin, int64_t *end) {
  int64_t windows = z->images * z->p * z->q;
  if (!z->is_gathered) {
    int64_t rows = band_rows(z, z->channels), bands = (z->p + rows - 1) / rows, image = unit / bands;
    *begin = (image * z->p + unit % bands * rows) * z->q;
    *end = lemnos_least((image * z->p + (unit % bands + 1) * rows) * z->q, (image + 1) * z->p * z->q);
  } else {
    int64_t block = gathered_block(z);
    *begin = unit * block;
    *end = lemnos_least(windows, (unit + 1) * block);
  }
}

static void convolve_band(const lemnos_convolution *z, int64_t unit) {
  int64_t begin, end;
  lemnos_convolution_range(z, unit, &begin, &end);
  int64_t image = begin / (z->p * z->q), p0 = begin / z->q % z->p, p1 = p0 + (end - begin) / z->q;
  band b = band_of(z, p1 - p0, z->channels);
  b.pixels = lemnos_scratch(LEMNOS_SCRATCH_OPERANDS, b.row * b.height + z->q * LEMNOS_PANEL);
  float *sums = b.pixels + b.row * b.height;
  lemnos_operand_a windows = {0};
  windows.row = z->step_w * b.count;
  windows.step = 1;
  windows.depth = z->s * b.count;
  windows.outer_step = z->dilation_h * b.row;
  int64_t at_once = windows.depth > BAND_DEPTH ? 1 : BAND_DEPTH / windows.depth;
  for (int64_t group = 0; group < z->groups; group++) {
    fill_band(z, &b, image, p0, group * z->channels);
    for (int64_t k0 = 0, k1; k0 < z->filters; k0 = k1) {
      k1 = lemnos_panel_end(k0, z->filters);
      const float *filters = lemnos_packed_panel(z, group, k0);
      int64_t wide = lemnos_wide(k1 - k0);
      // At least one iteration: without taps the results are zero.
      for (int64_t r = 0; r < z->r || r == 0; r += at_once) {
        windows.outer = lemnos_least(at_once, z->r - r);
        for (int64_t p = p0; p < p1; p++) {
          windows.first = b.pixels + (p - p0) * z->step_h * b.row + r * windows.outer_step;
          lemnos_multiply_panel(&windows, filters + r * windows.depth * wide, wide, z->q, k1 - k0, sums, NULL);
          float *y = z->y + (image * z->y_image + p * z->y_row + group * z->filters + k0 - z->y_first);
          lemnos_put_panel(sums, z->q, k1 - k0, y, z->y_pixel, r > 0);
        }
      }
    }
  }
}

// Stores the results of filters first ..< first + count, over all groups, for windows begin ..< end.
static void put_windows(
    const lemnos_convolution *z, int64_t begin, int64_t end, int64_t first, int64_t count, const float *sums, int adds) {
  int64_t per_image = z->p * z->q;
  for (int64_t w = begin, run; w < end; w += run) {
    // Windows of one result row have a constant stride.
    int64_t image = w / per_image, p = w % per_image / z->q, q = w % z->q;
    run = lemnos_least(z->q - q, end - w);
    float *y = z->y + (image * z->y_image + p * z->y_row + q * z->y_pixel + first - z->y_first);
    lemnos_put_panel(sums + (w - begin) * LEMNOS_PANEL, run, count, y, z->y_pixel, adds);
  }
}

static void convolve_gathered(const lemnos_convolution *z, int64_t unit) {
  int64_t begin, end, taps = z->r * z->s;
  lemnos_convolution_range(z, unit, &begin, &end);
  int64_t taps_at_once = lemnos_least(taps, z->channels <= GATHERED_DEPTH ? GATHERED_DEPTH / z->channels : 1);
  int64_t row = row_floats(taps_at_once * lemnos_least(z->channels, GATHERED_DEPTH));
  float *windows = lemnos_scratch(LEMNOS_SCRATCH_OPERANDS, (end - begin) * (row + LEMNOS_PANEL));
  float *sums = windows + (end - begin) * row;
  for (int64_t group = 0; group < z->groups; group++) {
    int adds = 0;
    // At least one iteration: without taps the results are zero.
    for (int64_t tap0 = 0; tap0 < taps || tap0 == 0; tap0 += taps_at_once) {
      int64_t tap1 = lemnos_least(taps, tap0 + taps_at_once);
      for (int64_t c0 = 0; c0 < z->channels; c0 += GATHERED_DEPTH) {
        int64_t c1 = lemnos_least(z->channels, c0 + GATHERED_DEPTH), first = group * z->channels;
        gather(z, begin, end, tap0, tap1, first + c0, first + c1, windows, row);
        lemnos_operand_a left = {windows, row, 1, (tap1 - tap0) * (c1 - c0), 1, 0};
        for (int64_t k0 = 0, k1; k0 < z->filters; k0 = k1) {
          k1 = lemnos_panel_end(k0, z->filters);
          int64_t wide = lemnos_wide(k1 - k0);
          const float *filters = lemnos_packed_panel(z, group, k0) + (tap0 * z->channels + c0) * wide;
          lemnos_multiply_panel(&left, filters, wide, end - begin, k1 - k0, sums, NULL);
          put_windows(z, begin, end, group * z->filters + k0, k1 - k0, sums, adds);
        }
        adds = 1;
      }
      if (taps == 0) break;
    }
  }
}

void lemnos_convolve(const lemnos_convolution *z, int64_t unit) {
  if (z->is_gathered) convolve_gathered(z, unit);
  else convolve_band(z, unit);
}

void lemnos_convolve_panels(const lemnos_convolution *z, const lemnos_filters *f, int64_t begin, int64_t end) {
  int64_t taps = z->r * z->s, panels = lemnos_panels(z->filters), windows = z->images * z->p * z->q;
  int64_t at_once = taps < PANEL_DEPTH ? lemnos_least(PANEL_DEPTH / taps, z->channels) : 1, row = row_floats(taps * at_once);
  float *gathered =
      lemnos_scratch(LEMNOS_SCRATCH_OPERANDS, windows * (row + LEMNOS_PANEL) + LEMNOS_PANEL * taps * at_once);
  float *sums = gathered + windows * row, *packed = sums + windows * LEMNOS_PANEL;
  for (int64_t group = begin / panels; group * panels < end; group++) {
    int64_t first = lemnos_most(begin - group * panels, 0), last = lemnos_least(end - group * panels, panels);
    for (int64_t c0 = 0; c0 < z->channels; c0 += at_once) {
      int64_t c1 = lemnos_least(c0 + at_once, z->channels);
      gather(z, 0, windows, 0, taps, group * z->channels + c0, group * z->channels + c1, gathered, row);
      lemnos_operand_a left = {gathered, row, 1, taps * (c1 - c0), 1, 0};
      for (int64_t panel = first; panel < last; panel++) {
        int64_t k0 = panel * LEMNOS_PACKED, k1 = lemnos_panel_end(k0, z->filters);
        lemnos_pack_panel(f, group, k0, k1, c0, c1, packed);
        lemnos_multiply_panel(&left, packed, lemnos_wide(k1 - k0), windows, k1 - k0, sums, NULL);
        put_windows(z, 0, windows, group * z->filters + k0, k1 - k0, sums, c0 > 0);
      }
    }
  }
}

int64_t lemnos_gradient_channels(const lemnos_convolution *z) { return lemnos_least(z->channels, GRADIENT_CHANNELS); }

// Accumulates the filter gradient band by band: windows (transposed) times dy.
static void gradient_of_bands(
    const lemnos_convolution *z, const float *dy, lemnos_gradient_block at, int64_t first, int64_t last, float *total) {
  int64_t group = at.group, c0 = at.c0, c1 = at.c1, filters = at.k1 - at.k0;
  int64_t rows = band_rows(z, c1 - c0), pitch = z->groups * z->filters, count = c1 - c0;
  band b = band_of(z, rows, count);
  // With all channels, the elements of a window's row are contiguous.
  int64_t together = count == z->channels ? z->s : 1, at_once = together * count;
  b.pixels = lemnos_scratch(LEMNOS_SCRATCH_OPERANDS, b.row * b.height + (rows * z->q + at_once) * LEMNOS_PANEL);
  float *packed = b.pixels + b.row * b.height, *sums = packed + rows * z->q * LEMNOS_PANEL;
  int adds = 0;
  for (int64_t image = first; image < last; image++) {
    for (int64_t p0 = 0; p0 < z->p; p0 += rows) {
      int64_t p1 = lemnos_least(z->p, p0 + rows);
      b.height = band_of(z, p1 - p0, count).height;
      fill_band(z, &b, image, p0, group * z->channels + c0);
      for (int64_t k0 = at.k0, k1; k0 < at.k1; k0 = k1) {
        k1 = lemnos_panel_end(k0, at.k1);
        int64_t step;
        const float *right = lemnos_gradient_panel(
            z, dy + (image * z->p + p0) * z->q * pitch, group, k0, k1, (p1 - p0) * z->q, packed, &step);
        for (int64_t tap = 0; tap < z->r * z->s; tap += together) {
          const float *under = b.pixels + tap / z->s * z->dilation_h * b.row + tap % z->s * count;
          lemnos_operand_a left = {under, 1, z->step_w * count, z->q, p1 - p0, z->step_h * b.row};
          lemnos_multiply_panel(&left, right, step, at_once, k1 - k0, sums, NULL);
          lemnos_put_panel(sums, at_once, k1 - k0, total + tap * count * filters + k0 - at.k0, filters, adds);
        }
      }
      adds = 1;
    }
  }
}

static void gradient_of_gathered(
    const lemnos_convolution *z, const float *dy, lemnos_gradient_block at, int64_t first, int64_t last, float *total) {
  int64_t group = at.group, c0 = at.c0, c1 = at.c1, filters = at.k1 - at.k0;
  int64_t taps = z->r * z->s, rows = taps * (c1 - c0), row = row_floats(rows), per_image = z->p * z->q;
  int64_t windows = lemnos_least(GRADIENT_WINDOWS, (last - first) * per_image), pitch = z->groups * z->filters;
  float *gathered = lemnos_scratch(LEMNOS_SCRATCH_OPERANDS, windows * (row + LEMNOS_PANEL) + rows * LEMNOS_PANEL);
  float *packed = gathered + windows * row, *sums = packed + windows * LEMNOS_PANEL;
  int64_t begin = first * per_image, end = last * per_image;
  for (int64_t w0 = begin; w0 < end; w0 += windows) {
    int64_t count = lemnos_least(end - w0, windows);
    gather(z, w0, w0 + count, 0, taps, group * z->channels + c0, group * z->channels + c1, gathered, row);
    lemnos_operand_a left = {gathered, 1, row, count, 1, 0};
    for (int64_t k0 = at.k0, k1; k0 < at.k1; k0 = k1) {
      k1 = lemnos_panel_end(k0, at.k1);
      int64_t step;
      const float *right = lemnos_gradient_panel(z, dy + w0 * pitch, group, k0, k1, count, packed, &step);
      lemnos_multiply_panel(&left, right, step, rows, k1 - k0, sums, NULL);
      lemnos_put_panel(sums, rows, k1 - k0, total + k0 - at.k0, filters, w0 > begin);
    }
  }
}

void lemnos_convolve_gradient(
    const lemnos_convolution *z, const float *dy, lemnos_gradient_block block, int64_t first, int64_t last, float *total) {
  if (z->is_gathered) gradient_of_gathered(z, dy, block, first, last, total);
  else gradient_of_bands(z, dy, block, first, last, total);
}
