#include "winograd.h"

// G g of a column of three elements.
INLINE void transform_filter(int m, const wide *g, int step, wide *to, int to_step) {
  wide g0 = g[0], g1 = g[step], g2 = g[2 * step];
  if (m == 2) {
    wide sum = 0.5f * (g0 + g2), half = 0.5f * g1;
    to[0] = g0;
    to[to_step] = sum + half;
    to[2 * to_step] = sum - half;
    to[3 * to_step] = g2;
  } else {
    wide even_a = SCALE_A * (g0 + SQUARE_A * g2), odd_a = SCALE_A * POINT_A * g1;
    wide even_b = SCALE_B * (g0 + SQUARE_B * g2), odd_b = SCALE_B * POINT_B * g1;
    to[0] = 1.0f / (SQUARE_A * SQUARE_B) * g0;
    to[to_step] = even_a + odd_a;
    to[2 * to_step] = even_a - odd_a;
    to[3 * to_step] = even_b + odd_b;
    to[4 * to_step] = even_b - odd_b;
    to[5 * to_step] = g2;
  }
}

// Aᵀ p of a column of n products.
INLINE void transform_products(int m, const wide *p, int step, wide *to, int to_step) {
  wide p0 = p[0], p1 = p[step], p2 = p[2 * step], p3 = p[3 * step];
  if (m == 2) {
    to[0] = p0 + p1 + p2;
    to[to_step] = p1 - p2 - p3;
  } else {
    wide p4 = p[4 * step], p5 = p[5 * step];
    wide sum_a = p1 + p2, sum_b = p3 + p4, between_a = POINT_A * (p1 - p2), between_b = POINT_B * (p3 - p4);
    to[0] = p0 + sum_a + sum_b;
    to[to_step] = between_a + between_b;
    to[2 * to_step] = SQUARE_A * sum_a + SQUARE_B * sum_b;
    to[3 * to_step] = SQUARE_A * between_a + SQUARE_B * between_b + p5;
  }
}

// A block is some rows of an image's tiles, or some images, so that its results are contiguous.
typedef struct {
  int64_t images, rows, blocks, parts;
} blocking;

static blocking blocking_of(const lemnos_convolution *z, int m) {
  int64_t per_row = across(z, m), rows = down(z, m);
  blocking b;
  b.images = 1;
  b.rows = rows;
  if (per_row * rows <= LEMNOS_WINOGRAD_TILES) {
    b.images = LEMNOS_WINOGRAD_TILES / (per_row * rows);
    b.blocks = (z->images + b.images - 1) / b.images;
  } else {
    b.rows = per_row >= LEMNOS_WINOGRAD_TILES ? 1 : LEMNOS_WINOGRAD_TILES / per_row;
    b.blocks = z->images * ((rows + b.rows - 1) / b.rows);
  }
  // Few blocks are split by filters as well.
  int64_t panels = lemnos_panels(z->filters);
  int64_t units = lemnos_least_units(2 * 9 * z->channels * z->filters * z->images * z->p * z->q);
  b.parts = b.blocks >= units ? 1 : lemnos_least((units + b.blocks - 1) / b.blocks, panels);
  return b;
}

int64_t lemnos_winograd_units(const lemnos_convolution *z, int m) {
  blocking b = blocking_of(z, m);
  return b.blocks * b.parts;
}

int64_t lemnos_winograd_parts(const lemnos_convolution *z, int m) { return blocking_of(z, m).parts; }

// The images and rows of tiles of a block.
static void block_range(
    const lemnos_convolution *z, int m, const blocking *b, int64_t block, int64_t *image0, int64_t *image1, int64_t *row0,
    int64_t *row1) {
  int64_t rows = down(z, m), per_image = (rows + b->rows - 1) / b->rows;
  if (per_image == 1) {
    *image0 = block * b->images, *image1 = lemnos_least(z->images, *image0 + b->images);
    *row0 = 0, *row1 = rows;
  } else {
    *image0 = block / per_image, *image1 = *image0 + 1;
    *row0 = block % per_image * b->rows, *row1 = lemnos_least(rows, *row0 + b->rows);
  }
}

void lemnos_winograd_range(const lemnos_convolution *z, int m, int64_t unit, int64_t *begin, int64_t *end) {
  blocking b = blocking_of(z, m);
  int64_t image0, image1, row0, row1;
  block_range(z, m, &b, unit / b.parts, &image0, &image1, &row0, &row1);
  *begin = (image0 * z->p + row0 * m) * z->q;
  *end = ((image1 - 1) * z->p + lemnos_least(z->p, row1 * m)) * z->q;
}

int64_t lemnos_winograd_count(const lemnos_filters *f, int m) {
  return (int64_t)(m + 2) * (m + 2) * f->channels * f->filters;
}

// U[place][panel][channel][filters of the panel], for channels begin ..< end.
INLINE void pack(const lemnos_filters *f, int m, float *packed, int64_t begin, int64_t end) {
  int n = m + 2;
  int64_t by_channel = f->is_transposed ? f->filters * 9 : 9, by_filter = f->is_transposed ? 9 : f->channels * 9;
  for (int64_t k0 = 0, k1; k0 < f->filters; k0 = k1) {
    k1 = lemnos_panel_end(k0, f->filters);
    int64_t columns = k1 - k0;
    for (int64_t c = begin; c < end; c++) {
      for (int64_t k = k0; k < k1; k += 16) {
        const float *from = f->weights + c * by_channel + k * by_filter;
        wide g[9], half[3 * MAX_SIDE], whole[MAX_SIDE * MAX_SIDE];
        for (int i = 0; i < 16; i++) {
          // Flipped where steps are negative.
          for (int e = 0; e < 9; e++) g[e][i] = from[i * by_filter + (f->step_r < 0 ? 8 - e : e)];
        }
        for (int s = 0; s < 3; s++) transform_filter(m, g + s, 3, half + s, 3);
        for (int i = 0; i < n; i++) transform_filter(m, half + 3 * i, 1, whole + n * i, 1);
        for (int place = 0; place < n * n; place++) {
          float *to = packed + place * f->channels * f->filters + k0 * f->channels + c * columns + k - k0;
          *(wide *)to = whole[place];
        }
      }
    }
  }
}

LEMNOS_VECTORIZED
void lemnos_winograd_pack(const lemnos_filters *f, int m, float *packed, int64_t begin, int64_t end) {
  if (m == 2) pack(f, 2, packed, begin, end);
  else pack(f, 4, packed, begin, end);
}

// Stores the results of one tile, for `columns` filters from k0 on.
INLINE void put_tile(
    const lemnos_convolution *z, int m, int64_t image, int64_t row, int64_t column, const float *products, int64_t by_place,
    int64_t k0, int64_t columns) {
  int n = m + 2;
  int64_t rows = lemnos_least(m, z->p - row * m), across = lemnos_least(m, z->q - column * m);
  float *y = z->y + (image * z->y_image + row * m * z->y_row + column * m * z->y_pixel + k0 - z->y_first);
  for (int64_t k = 0; k < columns; k += 16) {
    wide p[MAX_SIDE * MAX_SIDE], half[MAX_SIDE * 4], whole[16];
    for (int place = 0; place < n * n; place++) p[place] = *(const wide *)(products + place * by_place + k);
    for (int j = 0; j < n; j++) transform_products(m, p + j, n, half + j, n);
    for (int i = 0; i < m; i++) transform_products(m, half + n * i, 1, whole + m * i, 1);
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < m; j++) {
        if (i < rows && j < across) *(wide *)(y + i * z->y_row + j * z->y_pixel + k) = whole[m * i + j];
      }
    }
  }
}

INLINE void convolve(const lemnos_convolution *z, int m, int64_t begin, int64_t end) {
  int n = m + 2;
  blocking b = blocking_of(z, m);
  int64_t image0 = 0, image1 = 0, row0 = 0, row1 = 0, tiles = 0, by_place = 0, products_by_place = 0;
  int64_t block = -1, per_row = across(z, m), row = z->channels + LEMNOS_WIDEST, panels = lemnos_panels(z->filters);
  float *v = NULL, *products = NULL;
  for (int64_t unit = begin; unit < end; unit++) {
    if (unit / b.parts != block) {
      // Units of one block share its transformed pixels.
      block = unit / b.parts;
      block_range(z, m, &b, block, &image0, &image1, &row0, &row1);
      tiles = (image1 - image0) * (row1 - row0) * per_row;
      by_place = matrix_floats(tiles, row);
      products_by_place = matrix_floats(tiles, LEMNOS_PANEL);
      v = lemnos_scratch(LEMNOS_SCRATCH_OPERANDS, n * n * (by_place + products_by_place));
      products = v + n * n * by_place;
      int64_t tile = 0;
      for (int64_t image = image0; image < image1; image++) {
        for (int64_t i = row0; i < row1; i++) {
          for (int64_t j = 0; j < per_row; j++, tile++) gather_tile(z, m, image, i, j, v + tile * row, by_place);
        }
      }
    }
    int64_t part = unit % b.parts, first = panels * part / b.parts, last = panels * (part + 1) / b.parts;
    for (int64_t panel = first; panel < last; panel++) {
      int64_t k0 = panel * LEMNOS_PACKED, columns = lemnos_panel_end(k0, z->filters) - k0;
      for (int place = 0; place < n * n; place++) {
        lemnos_operand_a left = {v + place * by_place, row, 1, z->channels, 1, 0};
        const float *filters = z->packed + place * z->channels * z->filters + k0 * z->channels;
        lemnos_multiply_panel(&left, filters, columns, tiles, columns, products + place * products_by_place, NULL);
      }
      int64_t tile = 0;
      for (int64_t image = image0; image < image1; image++) {
        for (int64_t i = row0; i < row1; i++) {
          for (int64_t j = 0; j < per_row; j++, tile++) {
            put_tile(z, m, image, i, j, products + tile * LEMNOS_PANEL, products_by_place, k0, columns);
          }
        }
      }
    }
  }
}

LEMNOS_VECTORIZED
void lemnos_winograd_convolve(const lemnos_convolution *z, int m, int64_t begin, int64_t end) {
  if (m == 2) convolve(z, 2, begin, end);
  else convolve(z, 4, begin, end);
}
