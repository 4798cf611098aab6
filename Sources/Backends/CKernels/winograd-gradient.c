#include "winograd.h"

// The filter gradient is the transposed algorithm:
//
//     dg = Gᵀ [ Σ_tiles (Bᵀ d B) ⊙ (A dy Aᵀ) ] G
//
// For each tile element, the sum over all tiles is a matrix product: channels × tiles by tiles × filters.

// A p of a column of m gradients.
INLINE void transform_gradients(int m, const wide *p, int step, wide *to, int to_step) {
  wide p0 = p[0], p1 = p[step];
  to[0] = p0;
  if (m == 2) {
    to[to_step] = p0 + p1;
    to[2 * to_step] = p0 - p1;
    to[3 * to_step] = -p1;
  } else {
    wide p2 = p[2 * step], p3 = p[3 * step];
    wide even_a = p0 + SQUARE_A * p2, odd_a = POINT_A * (p1 + SQUARE_A * p3);
    wide even_b = p0 + SQUARE_B * p2, odd_b = POINT_B * (p1 + SQUARE_B * p3);
    to[to_step] = even_a + odd_a;
    to[2 * to_step] = even_a - odd_a;
    to[3 * to_step] = even_b + odd_b;
    to[4 * to_step] = even_b - odd_b;
    to[5 * to_step] = p3;
  }
}

// Gᵀ s of a column of n sums.
INLINE void transform_sums(int m, const wide *s, int step, wide *to, int to_step) {
  wide s0 = s[0], sum_a = s[step] + s[2 * step], between_a = s[step] - s[2 * step], s3 = s[3 * step];
  if (m == 2) {
    to[0] = s0 + 0.5f * sum_a;
    to[to_step] = 0.5f * between_a;
    to[2 * to_step] = 0.5f * sum_a + s3;
  } else {
    wide sum_b = SCALE_B * (s3 + s[4 * step]), between_b = SCALE_B * POINT_B * (s3 - s[4 * step]);
    sum_a = SCALE_A * sum_a;
    to[0] = 1.0f / (SQUARE_A * SQUARE_B) * s0 + sum_a + sum_b;
    to[to_step] = SCALE_A * POINT_A * between_a + between_b;
    to[2 * to_step] = SQUARE_A * sum_a + SQUARE_B * sum_b + s[5 * step];
  }
}

// W[place][tile][filter] of one tile of dy[N][P][Q][filters]; zero outside.
INLINE void gather_gradients(
    const lemnos_convolution *z, const float *dy, int m, int64_t image, int64_t row, int64_t column, float *to, int64_t by_place) {
  int n = m + 2;
  const float *from = dy + ((image * z->p + row * m) * z->q + column * m) * z->filters;
  for (int64_t k = 0; k < z->filters; k += 16) {
    wide p[16], half[MAX_SIDE * 4], whole[MAX_SIDE * MAX_SIDE];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < m; j++) {
        int is_result = row * m + i < z->p && column * m + j < z->q;
        p[m * i + j] = is_result ? *(const wide *)(from + (i * z->q + j) * z->filters + k) : (wide){0};
      }
    }
    for (int j = 0; j < m; j++) transform_gradients(m, p + j, m, half + j, m);
    for (int i = 0; i < n; i++) transform_gradients(m, half + m * i, 1, whole + n * i, 1);
    for (int place = 0; place < n * n; place++) *(wide *)(to + place * by_place + k) = whole[place];
  }
}

int64_t lemnos_winograd_tiles(const lemnos_convolution *z, int m) { return z->images * across(z, m) * down(z, m); }

static int64_t row_floats(int64_t channels) { return channels + LEMNOS_WIDEST; }

int64_t lemnos_winograd_matrices(int m, int64_t count, int64_t channels) {
  return (m + 2) * (m + 2) * matrix_floats(count, row_floats(channels));
}

INLINE void transform(
    const lemnos_convolution *z, const float *dy, int m, int64_t first, int64_t begin, int64_t end, int64_t count, float *v,
    float *w) {
  int64_t per_row = across(z, m), per_image = per_row * down(z, m);
  int64_t v_row = row_floats(z->channels), w_row = row_floats(z->filters);
  for (int64_t tile = begin; tile < end; tile++) {
    int64_t number = first + tile, image = number / per_image, i = number % per_image / per_row, j = number % per_row;
    gather_tile(z, m, image, i, j, v + tile * v_row, matrix_floats(count, v_row));
    gather_gradients(z, dy, m, image, i, j, w + tile * w_row, matrix_floats(count, w_row));
  }
}

LEMNOS_VECTORIZED
void lemnos_winograd_transform(
    const lemnos_convolution *z, const float *dy, int m, int64_t first, int64_t begin, int64_t end, int64_t count, float *v,
    float *w) {
  if (m == 2) transform(z, dy, 2, first, begin, end, count, v, w);
  else transform(z, dy, 4, first, begin, end, count, v, w);
}

int64_t lemnos_winograd_products(const lemnos_convolution *z, int m) {
  return (int64_t)(m + 2) * (m + 2) * lemnos_panels(z->filters);
}

void lemnos_winograd_multiply(
    const lemnos_convolution *z, int m, const float *v, const float *w, int64_t count, int64_t begin, int64_t end, float *sums,
    int adds) {
  int64_t panels = lemnos_panels(z->filters), v_row = row_floats(z->channels), w_row = row_floats(z->filters);
  float *own = lemnos_scratch(LEMNOS_SCRATCH_OPERANDS, z->channels * LEMNOS_PANEL);
  for (int64_t unit = begin; unit < end; unit++) {
    int64_t place = unit / panels, k0 = unit % panels * LEMNOS_PACKED, columns = lemnos_panel_end(k0, z->filters) - k0;
    lemnos_operand_a left = {v + place * matrix_floats(count, v_row), 1, v_row, count, 1, 0};
    lemnos_multiply_panel(&left, w + place * matrix_floats(count, w_row) + k0, w_row, z->channels, columns, own, NULL);
    float *to = sums + place * z->channels * z->filters + k0;
    lemnos_put_panel(own, z->channels, columns, to, z->filters, adds);
  }
}

INLINE void gather(
    const lemnos_convolution *z, int m, const float *sums, int64_t first, int64_t last, float *dw, int64_t by_filter) {
  int n = m + 2;
  // A few vectors of filters at a time, as they lie in memory, to bound the number of result rows written
  // concurrently.
  for (int64_t k0 = first; k0 < last; k0 += 64) {
    for (int64_t c = 0; c < z->channels; c++) {
      for (int64_t k = k0; k < lemnos_least(last, k0 + 64); k += 16) {
        wide s[MAX_SIDE * MAX_SIDE], half[3 * MAX_SIDE], whole[9];
        for (int place = 0; place < n * n; place++) {
          s[place] = *(const wide *)(sums + (place * z->channels + c) * z->filters + k);
        }
        for (int j = 0; j < n; j++) transform_sums(m, s + j, n, half + j, n);
        for (int i = 0; i < 3; i++) transform_sums(m, half + n * i, 1, whole + 3 * i, 1);
        for (int i = 0; i < 16; i++) {
          float *to = dw + (k - first + i) * by_filter + c * 9;
          for (int e = 0; e < 9; e++) to[e] = whole[e][i];
        }
      }
    }
  }
}

LEMNOS_VECTORIZED
void lemnos_winograd_gather(
    const lemnos_convolution *z, int m, const float *sums, int64_t first, int64_t last, float *dw, int64_t by_filter) {
  if (m == 2) gather(z, 2, sums, first, last, dw, by_filter);
  else gather(z, 4, sums, first, last, dw, by_filter);
}
