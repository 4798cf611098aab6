// One tile of a matrix product in registers, for one instruction set. Included once for each, with these defined:
//   LANES      floats in a vector register
//   MAX_ROWS   rows of a tile of two vectors, as many as registers hold
//   TARGET     the attribute that lets the compiler use the instruction set
//   NAMED(x)   x with the instruction set's name

typedef float NAMED(vector) __attribute__((vector_size(4 * LANES), aligned(4)));

enum { NAMED(max_rows) = MAX_ROWS, NAMED(max_rows_of_three) = MAX_ROWS * 2 / 3 };

// Register-blocked micro-kernel: sums[i · LEMNOS_PANEL + j] = Σ_l a[i][l] · b[l · b_step + j] for j < vectors
// · LANES, with row 0 of A at `first`. With constant rows and vectors the sums are registers. Prefetches two
// cache lines per step from `ahead` on.
static inline __attribute__((always_inline)) TARGET void NAMED(tile)(
    int rows, int vectors, const lemnos_operand_a *left_matrix, const float *first, const float *b, int64_t b_step, float *sums,
    const float *ahead, int64_t ahead_step) {
  int64_t a_row = left_matrix->row, a_step = left_matrix->step, depth = left_matrix->depth;
  NAMED(vector) sum[MAX_ROWS][3];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) sum[i][j] = (NAMED(vector)){0};
  }
#pragma clang loop unroll(disable)
  for (int64_t o = 0; o < left_matrix->outer; o++, first += left_matrix->outer_step) {
    const float *a = first;
#pragma clang loop unroll(disable)
    for (int64_t l = 0; l < depth; l++, a += a_step, b += b_step, ahead += ahead_step) {
      __builtin_prefetch(ahead, 0, 2);
      __builtin_prefetch(ahead + 16, 0, 2);
      NAMED(vector) right[3];
#pragma clang loop unroll(full)
      for (int j = 0; j < vectors; j++) right[j] = *(const NAMED(vector) *)(b + j * LANES);
#pragma clang loop unroll(full)
      for (int i = 0; i < rows; i++) {
        NAMED(vector) left = a[i * a_row] - (NAMED(vector)){0};
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) sum[i][j] += left * right[j];
      }
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) *(NAMED(vector) *)(sums + i * LEMNOS_PANEL + j * LANES) = sum[i][j];
  }
}

#define TILE_CASE(count) \
  case count: NAMED(tile)(count, vectors, a, first, b, b_step, sums, ahead, ahead_step); break;

#define TILE_OF(count) \
  static TARGET void NAMED(tile_of_##count)( \
      int64_t rows, const lemnos_operand_a *a, const float *first, const float *b, int64_t b_step, float *sums, const float *ahead, \
      int64_t ahead_step) { \
    enum { vectors = count }; \
    switch (rows) { TILE_CASES } \
  }

#if MAX_ROWS == 14
#define TILE_CASES \
  TILE_CASE(1) TILE_CASE(2) TILE_CASE(3) TILE_CASE(4) TILE_CASE(5) TILE_CASE(6) TILE_CASE(7) TILE_CASE(8) TILE_CASE(9) \
  TILE_CASE(10) TILE_CASE(11) TILE_CASE(12) TILE_CASE(13) TILE_CASE(14)
#else
#define TILE_CASES TILE_CASE(1) TILE_CASE(2) TILE_CASE(3) TILE_CASE(4) TILE_CASE(5) TILE_CASE(6)
#endif

TILE_OF(1)
TILE_OF(2)
#undef TILE_CASES
#if MAX_ROWS == 14
#define TILE_CASES \
  TILE_CASE(1) TILE_CASE(2) TILE_CASE(3) TILE_CASE(4) TILE_CASE(5) TILE_CASE(6) TILE_CASE(7) TILE_CASE(8) TILE_CASE(9)
#else
#define TILE_CASES TILE_CASE(1) TILE_CASE(2) TILE_CASE(3) TILE_CASE(4)
#endif
TILE_OF(3)

#undef TILE_CASES
#undef TILE_OF
#undef TILE_CASE

// Splits rows into tiles as equal as possible: a last tile of a row or two would leave registers unused.
static TARGET void NAMED(multiply_panel)(
    const lemnos_operand_a *a, const float *b, int64_t b_step, int64_t rows, int64_t columns, float *sums,
    const lemnos_ahead *next) {
  for (int64_t column = 0; column < columns;) {
    int64_t vectors = (columns - column + LANES - 1) / LANES;
    // Four vectors are split two and two; a single one would be bound by loads.
    if (vectors > 3) vectors = 2;
    int64_t most = vectors == 3 ? NAMED(max_rows_of_three) : NAMED(max_rows);
    int64_t tiles = (rows + most - 1) / most;
    for (int64_t tile = 0; tile < tiles; tile++) {
      int64_t first = rows * tile / tiles, count = rows * (tile + 1) / tiles - first;
      const float *left = a->first + first * a->row, *right = b + column;
      float *to = sums + first * LEMNOS_PANEL + column;
      const float *ahead = right;
      int64_t ahead_step = 0;
      if (next && tile < next->tiles) {
        ahead = next->first + tile * next->tile_step;
        ahead_step = next->step;
      }
      switch (vectors) {
      case 1: NAMED(tile_of_1)(count, a, left, right, b_step, to, ahead, ahead_step); break;
      case 2: NAMED(tile_of_2)(count, a, left, right, b_step, to, ahead, ahead_step); break;
      default: NAMED(tile_of_3)(count, a, left, right, b_step, to, ahead, ahead_step); break;
      }
    }
    column += vectors * LANES;
  }
}

#undef LANES
#undef MAX_ROWS
#undef TARGET
#undef NAMED
