// Attention and its gradients in blocks that stay in the cache.
//
// Fast because nothing but the 64 queries of a unit is rearranged: they are the lanes of vectors, and keys and values are read where
// they lie, one number for all lanes. So the greatest score, the sum of powers and what is done to a score are vectors too, and
// never cross lanes. In gradients, keys are the lanes, and the weights of a block are used for all three gradients. Scores are in
// units of ln 2, because a power of two is a power of e with a step less.
#include "include/CKernels.h"
#include "lanes.h"
#include "philox.h"
#include "products.h"
#include "targets.h"

// Lanes are multiplied in panels, of two vectors of sixteen.
enum { LANES = LEMNOS_ATTENTION_LANES, PANEL = LEMNOS_PACKED, PANELS = LANES / PANEL, HALVES = PANEL / 16 };

// Rows that are multiplied with the lanes at a time, six tiles of registers: few enough for their scores to stay in the L1 cache, and
// enough for sums over them to be worth adding to totals.
enum { BLOCK = 84 };

static const float LOG2_E = 1.44269504088896341f, LN_2 = 0.693147180559945309f;

// The score of a key that is left out: no power of two of it is above zero, and sums with it are finite.
static const float LEFT_OUT = -1e38f;

// The greatest score of no key: above what a left-out key has, so that its power is zero.
static const float NO_SCORE = -1e37f;

// Memory for one unit. Of each panel:
typedef struct {
  // [D][PANEL]: what is multiplied with rows, and totals.
  float *first, *second, *total, *other_total;
  // [BLOCK][LEMNOS_PANEL] scores, or their weights, and products with the gradient.
  float *scores, *products;
} panel;

typedef struct {
  panel panels[PANELS];
  // [LANES][D], in whole vectors: the lanes' rows.
  float *rows;
  // [BLOCK][LEMNOS_PANEL] or [D][LEMNOS_PANEL].
  float *sums;
  // [BLOCK][LEMNOS_PANEL] factors of a block's weights by dropout.
  float *kept;
  // [BLOCK][D + 16] rows that cannot be read well where they lie.
  float *moved, *other_moved;
} memory;

static memory memory_of(int64_t d) {
  int64_t scores = BLOCK * LEMNOS_PANEL, own = 4 * d * PANEL + 2 * scores, rows = LANES * lemnos_wide(d), moved = BLOCK * (d + 16);
  float *x = lemnos_scratch(LEMNOS_SCRATCH_OPERANDS, PANELS * own + rows + 2 * moved + (lemnos_most(d, BLOCK) + BLOCK) * LEMNOS_PANEL);
  memory m;
  for (int p = 0; p < PANELS; p++, x += own) {
    float *scored = x + 4 * d * PANEL;
    m.panels[p] = (panel){x, x + d * PANEL, x + 2 * d * PANEL, x + 3 * d * PANEL, scored, scored + scores};
  }
  m.rows = x;
  m.moved = x + rows;
  m.other_moved = m.moved + moved;
  m.sums = m.other_moved + moved;
  m.kept = m.sums + lemnos_most(d, BLOCK) * LEMNOS_PANEL;
  return m;
}

// Rows of D floats, `row` apart.
typedef struct {
  const float *x;
  int64_t row;
} rows;

LEMNOS_INLINE rows rows_from(rows r, int64_t first) { return (rows){r.x + first * r.row, r.row}; }

// Some rows as they lie; or a copy, if they are so far apart that they evict one another from the L1 cache.
LEMNOS_INLINE rows readable(rows r, int64_t count, int64_t d, float *copy) {
  if (r.row * 4 % 2048 != 0 || r.row == d) return r;
  for (int64_t i = 0; i < count; i++) memcpy(copy + i * (d + 16), r.x + i * r.row, (size_t)d * 4);
  return (rows){copy, d + 16};
}

// Rows to be fetched during a product of at least as many steps: two cache lines of a row in each.
LEMNOS_INLINE lemnos_ahead ahead_of(rows r, int64_t d) {
  return r.x ? (lemnos_ahead){r.x, (d + 31) / 32, 32, r.row} : (lemnos_ahead){0};
}

// to[c][lane] = factor · x[lane][c]; zeros from lane `count` on.
LEMNOS_INLINE void pack_lanes(rows r, int64_t count, int64_t d, float factor, float *to) {
  int64_t c = 0;
  for (; c + 16 <= d; c += 16) {
    for (int64_t lane = 0; lane < PANEL; lane += 16) {
      lemnos_sixteen part[16];
      for (int64_t i = 0; i < 16; i++) {
        part[i] = lane + i < count ? factor * lemnos_load(r.x + (lane + i) * r.row + c) : (lemnos_sixteen){0};
      }
      lemnos_transpose_sixteen(part);
      for (int64_t i = 0; i < 16; i++) lemnos_store(to + (c + i) * PANEL + lane, part[i]);
    }
  }
  for (; c < d; c++) {
    for (int64_t lane = 0; lane < PANEL; lane++) to[c * PANEL + lane] = lane < count ? factor * r.x[lane * r.row + c] : 0.0f;
  }
}

// y[lane · row + c] = factors[lane] · from[c][lane] for lanes below `count`.
LEMNOS_INLINE void unpack_lanes(const float *from, const float *factors, int64_t count, int64_t d, float *y, int64_t row) {
  int64_t c = 0;
  for (; c + 16 <= d; c += 16) {
    for (int64_t lane = 0; lane < count; lane += 16) {
      lemnos_sixteen part[16];
      for (int64_t i = 0; i < 16; i++) part[i] = lemnos_load(from + (c + i) * PANEL + lane) * lemnos_load(factors + lane);
      lemnos_transpose_sixteen(part);
      for (int64_t i = 0; i < 16 && lane + i < count; i++) lemnos_store(y + (lane + i) * row + c, part[i]);
    }
  }
  for (; c < d; c++) {
    for (int64_t lane = 0; lane < count; lane++) y[lane * row + c] = factors[lane] * from[c * PANEL + lane];
  }
}

// products[i][lane] = Σ_c x[i][c] · lanes[c][lane].
LEMNOS_INLINE void multiply_rows(rows r, int64_t count, int64_t d, const float *lanes, float *products, lemnos_ahead ahead) {
  lemnos_operand_a left = {r.x, r.row, 1, d, 1, 0};
  // More steps than a block has rows would fetch what is not used soon.
  lemnos_multiply_panel(&left, lanes, PANEL, count, PANEL, products, d <= 2 * BLOCK ? &ahead : NULL);
}

// total[c][lane] = total[c][lane] · factors[lane] + Σ_i x[i][c] · weights[i][lane]. Without factors if `factors` is NULL; what was
// there before does not count if `is_first`.
LEMNOS_INLINE void add_products(
    rows r, int64_t count, int64_t d, const float *weights, const float *factors, int is_first, float *sums, float *total,
    lemnos_ahead ahead) {
  lemnos_operand_a left = {r.x, 1, r.row, count, 1, 0};
  lemnos_multiply_panel(&left, weights, LEMNOS_PANEL, d, PANEL, sums, &ahead);
  for (int half = 0; half < HALVES; half++) {
    lemnos_sixteen factor = factors ? lemnos_load(factors + 16 * half) : lemnos_all(1.0f);
    for (int64_t c = 0; c < d; c++) {
      float *to = total + c * PANEL + 16 * half;
      lemnos_sixteen sum = lemnos_load(sums + c * LEMNOS_PANEL + 16 * half);
      lemnos_store(to, is_first ? sum : lemnos_load(to) * factor + sum);
    }
  }
}

// A block of scores of one head: rows are keys and lanes queries, or the other way round.
typedef struct {
  int64_t n, head, first_row, rows, first_lane, lanes;
  int rows_are_keys;
} block;

// Adds the mask to scores, and marks those of keys that their queries have not.
LEMNOS_INLINE void mask_scores(const lemnos_attention *z, block b, float *scores) {
  int64_t shift = z->s - z->t;
  int64_t first_query = b.rows_are_keys ? b.first_lane : b.first_row;
  int64_t last_key = (b.rows_are_keys ? b.first_row + b.rows : b.first_lane + b.lanes) - 1;
  int cuts = z->is_causal && last_key > first_query + shift;
  // Beyond the last key, where there is no product, the weights would be powers of any size.
  int64_t lanes = b.rows_are_keys ? PANEL : b.lanes;
  if (!cuts && !z->mask && !z->query_documents && lanes == PANEL) return;
  const float *mask = z->mask ? z->mask + b.n * z->mask_image + b.head * z->mask_head : NULL;
  int64_t mask_by_row = b.rows_are_keys ? z->mask_column : z->mask_row;
  int64_t mask_by_lane = b.rows_are_keys ? z->mask_row : z->mask_column;
  const int32_t *row_documents = NULL;
  int32_t lane_numbers[PANEL], lane_documents[PANEL];
  for (int lane = 0; lane < PANEL; lane++) lane_numbers[lane] = lane, lane_documents[lane] = 0;
  if (z->query_documents) {
    const int32_t *queries = z->query_documents + b.n * z->t, *keys = z->key_documents + b.n * z->s;
    row_documents = b.rows_are_keys ? keys : queries;
    for (int64_t lane = 0; lane < b.lanes; lane++) lane_documents[lane] = (b.rows_are_keys ? queries : keys)[b.first_lane + lane];
  }
  for (int64_t i = 0; i < b.rows; i++) {
    int64_t row = b.first_row + i;
    float added[PANEL];
    if (mask) {
      const float *from = mask + row * mask_by_row + b.first_lane * mask_by_lane;
      for (int64_t lane = 0; lane < PANEL; lane++) added[lane] = lane < b.lanes ? from[lane * mask_by_lane] : 0.0f;
    }
    for (int half = 0; half < HALVES; half++) {
      lemnos_sixteen score = lemnos_load(scores + i * LEMNOS_PANEL + 16 * half);
      lemnos_sixteen_ints lane = *(const lemnos_sixteen_ints *)(lane_numbers + 16 * half), is_out = lane >= (int32_t)lanes;
      if (cuts) {
        // Relative to the first lane, which keeps the numbers small.
        int32_t limit = (int32_t)(b.rows_are_keys ? row - shift - b.first_lane : row + shift - b.first_lane);
        is_out |= b.rows_are_keys ? lane < limit : lane > limit;
      }
      if (mask) {
        lemnos_sixteen own = lemnos_load(added + 16 * half);
        is_out |= own <= z->leaves_out;
        score += own * LOG2_E;
      }
      if (row_documents) is_out |= *(const lemnos_sixteen_ints *)(lane_documents + 16 * half) != row_documents[row];
      lemnos_store(scores + i * LEMNOS_PANEL + 16 * half, lemnos_where(is_out, lemnos_all(LEFT_OUT), score));
    }
  }
}

// 0 for the numbers that drop a weight, else the factor of what is kept.
LEMNOS_INLINE lemnos_sixteen factors_of(const lemnos_attention *z, lemnos_sixteen_words words) {
  return lemnos_where((lemnos_sixteen_ints)(words >> 8) < z->dropped_below, (lemnos_sixteen){0}, lemnos_all(z->kept));
}

// The factors of the weights of a block. Its first key is a multiple of four; rows are written up to an even number, or a multiple of
// four if they are keys.
LEMNOS_INLINE void draw_factors(const lemnos_attention *z, block b, float *factors) {
  uint32_t by_query = (uint32_t)((z->s + 3) / 4), first_query = (uint32_t)((b.n * z->h + b.head) * z->t);
  lemnos_sixteen_words lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, words[4];
  if (b.rows_are_keys) {
    // A block of random numbers is for four rows of a lane.
    for (int half = 0; half < HALVES; half++) {
      lemnos_sixteen_words queries = lanes + (first_query + (uint32_t)b.first_lane + 16 * (uint32_t)half);
      lemnos_sixteen_words blocks = queries * by_query + (uint32_t)(b.first_row / 4);
      for (int64_t i = 0; i < b.rows; i += 4) {
        lemnos_philox(z->random_key, *z->random_counter, z->random_stream, blocks + (uint32_t)(i / 4), words);
        for (int w = 0; w < 4; w++) lemnos_store(factors + (i + w) * LEMNOS_PANEL + 16 * half, factors_of(z, words[w]));
      }
    }
    return;
  }
  // A block is for four lanes of a row: eight for the lanes of one, and eight for the next.
  lemnos_sixteen_words first = (lanes & 7) + (lanes >> 3) * by_query + (uint32_t)(b.first_lane / 4);
  for (int64_t i = 0; i < b.rows; i += 2) {
    uint32_t row = (first_query + (uint32_t)(b.first_row + i)) * by_query;
    lemnos_philox(z->random_key, *z->random_counter, z->random_stream, first + row, words);
    lemnos_sixteen f[4];
    for (int w = 0; w < 4; w++) f[w] = factors_of(z, words[w]);
    lemnos_sixteen low01 = __builtin_shufflevector(f[0], f[1], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    lemnos_sixteen low23 = __builtin_shufflevector(f[2], f[3], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    lemnos_sixteen high01 = __builtin_shufflevector(f[0], f[1], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    lemnos_sixteen high23 = __builtin_shufflevector(f[2], f[3], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    float *to = factors + i * LEMNOS_PANEL, *next = to + LEMNOS_PANEL;
    lemnos_store(to, __builtin_shufflevector(low01, low23, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23));
    lemnos_store(to + 16, __builtin_shufflevector(low01, low23, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31));
    lemnos_store(next, __builtin_shufflevector(high01, high23, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23));
    lemnos_store(next + 16, __builtin_shufflevector(high01, high23, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31));
  }
}

// Weights times their factors.
LEMNOS_INLINE void drop_weights(float *weights, const float *factors, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    for (int half = 0; half < HALVES; half++) {
      int64_t place = i * LEMNOS_PANEL + 16 * half;
      lemnos_store(weights + place, lemnos_load(weights + place) * lemnos_load(factors + place));
    }
  }
}

// Scores to powers of two of what they are above the greatest so far, whose factors for earlier sums result; adds the powers up.
LEMNOS_INLINE void weigh(float *scores, int64_t keys, float *greatest, float *totals, float *factors) {
  lemnos_sixteen most[HALVES], other[HALVES], total[HALVES];
  for (int half = 0; half < HALVES; half++) {
    most[half] = lemnos_load(greatest + 16 * half);
    other[half] = lemnos_all(NO_SCORE);
    total[half] = (lemnos_sixteen){0};
  }
  int64_t i = 0;
  // Two maxima of each lane, because one would wait for itself.
  for (; i + 2 <= keys; i += 2) {
    for (int half = 0; half < HALVES; half++) {
      most[half] = lemnos_greater(most[half], lemnos_load(scores + i * LEMNOS_PANEL + 16 * half));
      other[half] = lemnos_greater(other[half], lemnos_load(scores + (i + 1) * LEMNOS_PANEL + 16 * half));
    }
  }
  for (int half = 0; half < HALVES; half++) {
    if (i < keys) most[half] = lemnos_greater(most[half], lemnos_load(scores + i * LEMNOS_PANEL + 16 * half));
    most[half] = lemnos_greater(other[half], most[half]);
  }
  for (i = 0; i < keys; i++) {
    for (int half = 0; half < HALVES; half++) {
      float *score = scores + i * LEMNOS_PANEL + 16 * half;
      lemnos_sixteen power = lemnos_power_of_two(lemnos_load(score) - most[half]);
      lemnos_store(score, power);
      total[half] += power;
    }
  }
  for (int half = 0; half < HALVES; half++) {
    lemnos_sixteen factor = lemnos_power_of_two(lemnos_load(greatest + 16 * half) - most[half]);
    lemnos_store(greatest + 16 * half, most[half]);
    lemnos_store(factors + 16 * half, factor);
    lemnos_store(totals + 16 * half, lemnos_load(totals + 16 * half) * factor + total[half]);
  }
}

// The keys that a query and those before it have by causality.
LEMNOS_INLINE int64_t keys_of(const lemnos_attention *z, int64_t query) {
  return z->is_causal ? lemnos_most(0, lemnos_least(z->s, query + 1 + z->s - z->t)) : z->s;
}

// The first query that has a key by causality.
LEMNOS_INLINE int64_t first_query_of(const lemnos_attention *z, int64_t key) {
  return z->is_causal ? lemnos_least(z->t, lemnos_most(0, key - (z->s - z->t))) : 0;
}

LEMNOS_INLINE int64_t within(int64_t x, int64_t most) { return lemnos_most(0, lemnos_least(x, most)); }

LEMNOS_INLINE rows queries_of(const lemnos_attention *z, int64_t n, int64_t head) {
  return (rows){z->q + n * z->q_image + head * z->q_head, z->q_row};
}

LEMNOS_INLINE rows keys_in(const lemnos_attention *z, int64_t n, int64_t group) {
  return (rows){z->k + n * z->k_image + group * z->k_head, z->k_row};
}

LEMNOS_INLINE rows values_in(const lemnos_attention *z, int64_t n, int64_t group) {
  return (rows){z->v + n * z->v_image + group * z->v_head, z->v_row};
}

LEMNOS_INLINE rows upstream_of(const lemnos_attention *z, int64_t n, int64_t head) {
  return (rows){z->dy + n * z->dy_image + head * z->dy_head, z->dy_row};
}

// LANES queries of a head. What comes next is fetched from far memory while this is computed.
typedef struct {
  int64_t n, head, first;
} query_unit;

LEMNOS_INLINE query_unit query_unit_of(const lemnos_attention *z, int64_t unit) {
  int64_t blocks = (z->t + LANES - 1) / LANES;
  return (query_unit){unit / blocks / z->h, unit / blocks % z->h, unit % blocks * LANES};
}

LEMNOS_INLINE void attend(const lemnos_attention *z, query_unit u, const query_unit *next, memory *m) {
  int64_t shared = z->h / z->g, d = z->d, end = lemnos_least(z->t, u.first + LANES);
  rows k = keys_in(z, u.n, u.head / shared), v = values_in(z, u.n, u.head / shared), q = queries_of(z, u.n, u.head), none = {0};
  rows next_q = next ? rows_from(queries_of(z, next->n, next->head), next->first) : none;
  rows next_k = next ? keys_in(z, next->n, next->head / shared) : none, next_v = next ? values_in(z, next->n, next->head / shared) : none;
  float greatest[LANES], totals[LANES], factors[LANES];
  int64_t counts[PANELS], key_counts[PANELS], panels = 0;
  for (int64_t lane = 0; lane < LANES; lane++) greatest[lane] = NO_SCORE, totals[lane] = 0.0f;
  for (int64_t first = u.first; first < end; first += PANEL, panels++) {
    counts[panels] = lemnos_least(PANEL, end - first);
    key_counts[panels] = keys_of(z, first + counts[panels] - 1);
    pack_lanes(rows_from(q, first), counts[panels], d, z->scale * LOG2_E, m->panels[panels].first);
  }
  int64_t keys = keys_of(z, end - 1), blocks = (keys + BLOCK - 1) / BLOCK;
  for (int64_t b = 0; b < blocks; b++) {
    int64_t s = b * BLOCK, count = lemnos_least(BLOCK, keys - s);
    int is_last = b + 1 == blocks;
    rows own_k = readable(rows_from(k, s), count, d, m->moved), own_v = readable(rows_from(v, s), count, d, m->other_moved);
    for (int64_t p = 0; p < panels; p++) {
      int64_t own = within(key_counts[p] - s, count);
      if (own == 0) continue;
      panel *to = m->panels + p;
      rows ahead = p > 0 ? (is_last ? next_q : none) : is_last ? next_v : rows_from(v, s + BLOCK);
      multiply_rows(own_k, own, d, to->first, to->scores, ahead_of(ahead, d));
      block own_block = {u.n, u.head, s, own, u.first + p * PANEL, counts[p], 1};
      mask_scores(z, own_block, to->scores);
      weigh(to->scores, own, greatest + p * PANEL, totals + p * PANEL, factors + p * PANEL);
      if (z->random_key) {
        draw_factors(z, own_block, m->kept);
        drop_weights(to->scores, m->kept, own);
      }
    }
    for (int64_t p = 0; p < panels; p++) {
      int64_t own = within(key_counts[p] - s, count);
      if (own == 0) continue;
      rows ahead = p > 0 ? none : is_last ? next_k : rows_from(k, s + BLOCK);
      add_products(
          own_v, own, d, m->panels[p].scores, factors + p * PANEL, b == 0, m->sums, m->panels[p].total, ahead_of(ahead, d));
    }
  }
  int64_t place = (u.n * z->t + u.first) * z->h + u.head;
  for (int64_t lane = 0; lane < LANES; lane++) {
    // A query without keys has no power above zero; a total that is no number stays.
    int is_empty = totals[lane] == 0.0f;
    factors[lane] = is_empty ? 0.0f : 1.0f / totals[lane];
    greatest[lane] = is_empty ? 0.0f : greatest[lane] * LN_2 + vector_log(totals[lane]);
  }
  for (int64_t p = 0; p < panels; p++) {
    float *total = m->panels[p].total;
    if (key_counts[p] == 0) memset(total, 0, (size_t)(d * PANEL) * 4);
    unpack_lanes(total, factors + p * PANEL, counts[p], d, z->y + (place + p * PANEL * z->h) * d, z->h * d);
  }
  for (int64_t lane = 0; lane < end - u.first; lane++) z->normalizers_out[place + lane * z->h] = greatest[lane];
}

LEMNOS_VECTORIZED
void lemnos_attend(const lemnos_attention *z, int64_t begin, int64_t end) {
  memory m = memory_of(z->d);
  for (int64_t unit = begin; unit < end; unit++) {
    query_unit next = query_unit_of(z, unit + 1);
    attend(z, query_unit_of(z, unit), unit + 1 < end ? &next : NULL, &m);
  }
}

// Weights, and gradients of scores, of scores [count][PANEL] and products of rows with the gradient: of queries from t on as rows. With
// their factors by dropout, if there are any.
LEMNOS_INLINE void differentiate(
    const lemnos_attention *z, int64_t n, int64_t head, int64_t t, int64_t count, const float *kept, float *scores, float *products) {
  for (int64_t i = 0; i < count; i++) {
    int64_t place = (n * z->t + t + i) * z->h + head;
    float normalizer = z->normalizers[place] * LOG2_E, product = z->products[place];
    for (int half = 0; half < HALVES; half++) {
      float *score = scores + i * LEMNOS_PANEL + 16 * half, *own = products + i * LEMNOS_PANEL + 16 * half;
      lemnos_sixteen weight = lemnos_power_of_two(lemnos_load(score) - normalizer);
      if (kept) {
        lemnos_sixteen factor = lemnos_load(kept + i * LEMNOS_PANEL + 16 * half);
        lemnos_store(score, weight * factor);
        lemnos_store(own, weight * (lemnos_load(own) * factor - product));
      } else {
        lemnos_store(score, weight);
        lemnos_store(own, weight * (lemnos_load(own) - product));
      }
    }
  }
}

// y[i · row + c], or what is added to it, = Σ_lane weights[lane / PANEL][i][lane % PANEL] · x[lane][c], of whole vectors of x.
LEMNOS_INLINE void add_to_rows(
    const float *weights, int64_t panels, int64_t apart, const float *x, int64_t count, int64_t d, int adds, float *sums,
    float *y, int64_t row) {
  lemnos_operand_a left = {weights, LEMNOS_PANEL, 1, PANEL, panels, apart};
  int64_t wide = lemnos_wide(d);
  for (int64_t c = 0, end; c < d; c = end) {
    end = lemnos_least(c + PANEL, d);
    lemnos_multiply_panel(&left, x + c, wide, count, end - c, sums, NULL);
    for (int64_t i = 0; i < count; i++) {
      float *to = y + i * row + c;
      const float *from = sums + i * LEMNOS_PANEL;
      int64_t j = 0;
      for (; j + 16 <= end - c; j += 16) {
        lemnos_sixteen sum = lemnos_load(from + j);
        lemnos_store(to + j, adds ? lemnos_load(to + j) + sum : sum);
      }
      for (; j < end - c; j++) to[j] = adds ? to[j] + from[j] : from[j];
    }
  }
}

// Gradients of LANES keys of a group, from `first` on, and what they add to those of queries; or, if no keys came before, these.
LEMNOS_INLINE void gradients_of_keys(
    const lemnos_attention *z, int64_t n, int64_t group, int64_t first, int adds, float *dq, int64_t dq_row, memory *m) {
  int64_t d = z->d, wide = lemnos_wide(d), shared = z->h / z->g, end = lemnos_least(z->s, first + LANES);
  rows k = rows_from(keys_in(z, n, group), first), v = rows_from(values_in(z, n, group), first);
  int64_t counts[PANELS], panels = 0;
  for (int64_t s = 0; s < end - first; s += PANEL, panels++) {
    counts[panels] = lemnos_least(PANEL, end - first - s);
    pack_lanes(rows_from(k, s), counts[panels], d, z->scale * LOG2_E, m->panels[panels].first);
    pack_lanes(rows_from(v, s), counts[panels], d, 1.0f, m->panels[panels].second);
  }
  for (int64_t lane = 0; lane < panels * PANEL; lane++) {
    int is_there = lane < end - first;
    for (int64_t c = 0; c < wide; c++) m->rows[lane * wide + c] = is_there && c < d ? z->scale * k.x[lane * k.row + c] : 0.0f;
  }
  int64_t begin = first_query_of(z, first);
  int is_first[PANELS];
  for (int p = 0; p < PANELS; p++) is_first[p] = 1;
  for (int64_t head = group * shared; head < (group + 1) * shared; head++) {
    rows q = queries_of(z, n, head), dy = upstream_of(z, n, head);
    float *head_dq = dq + n * z->t * dq_row + head * d;
    for (int64_t t = 0; t < begin && !adds; t++) memset(head_dq + t * dq_row, 0, (size_t)d * 4);
    for (int64_t t = begin; t < z->t; t += BLOCK) {
      int64_t count = lemnos_least(BLOCK, z->t - t);
      rows own_q = readable(rows_from(q, t), count, d, m->moved), own_dy = readable(rows_from(dy, t), count, d, m->other_moved);
      rows own_dq = {head_dq + t * dq_row, dq_row}, none = {0};
      // Queries that have none of a panel's keys are left out; their part in the gradient of queries is zero.
      int64_t skipped[PANELS];
      for (int64_t p = 0; p < panels; p++) {
        panel *to = m->panels + p;
        skipped[p] = within(first_query_of(z, first + p * PANEL) - t, count);
        int64_t own = count - skipped[p], from = t + skipped[p];
        float *scores = to->scores + skipped[p] * LEMNOS_PANEL, *products = to->products + skipped[p] * LEMNOS_PANEL;
        memset(to->products, 0, (size_t)(skipped[p] * LEMNOS_PANEL) * 4);
        if (own == 0) continue;
        rows ahead = p * d < count ? rows_from(own_dq, p * d) : none;
        multiply_rows(rows_from(own_q, skipped[p]), own, d, to->first, scores, ahead_of(ahead, d));
        block own_block = {n, head, from, own, first + p * PANEL, counts[p], 0};
        mask_scores(z, own_block, scores);
        multiply_rows(rows_from(own_dy, skipped[p]), own, d, to->second, products, ahead_of(none, d));
        if (z->random_key) {
          draw_factors(z, own_block, m->kept);
          differentiate(z, n, head, from, own, m->kept, scores, products);
        } else {
          differentiate(z, n, head, from, own, NULL, scores, products);
        }
      }
      for (int64_t p = 0; p < panels; p++) {
        panel *to = m->panels + p;
        int64_t own = count - skipped[p];
        if (own == 0) continue;
        const float *weights = to->scores + skipped[p] * LEMNOS_PANEL, *ofScores = to->products + skipped[p] * LEMNOS_PANEL;
        lemnos_ahead next_dy = ahead_of(p == 0 && t + BLOCK < z->t ? rows_from(dy, t + BLOCK) : none, d);
        lemnos_ahead next_q = ahead_of(p == 0 && t + BLOCK < z->t ? rows_from(q, t + BLOCK) : none, d);
        add_products(rows_from(own_dy, skipped[p]), own, d, weights, NULL, is_first[p], m->sums, to->other_total, next_q);
        add_products(rows_from(own_q, skipped[p]), own, d, ofScores, NULL, is_first[p], m->sums, to->total, next_dy);
        is_first[p] = 0;
      }
      add_to_rows(
          m->panels[0].products, panels, m->panels[1].products - m->panels[0].products, m->rows, count, d, adds, m->sums,
          head_dq + t * dq_row, dq_row);
    }
  }
  float scales[PANEL], ones[PANEL];
  for (int lane = 0; lane < PANEL; lane++) scales[lane] = z->scale, ones[lane] = 1.0f;
  for (int64_t p = 0; p < panels; p++) {
    panel *own = m->panels + p;
    if (is_first[p]) {
      memset(own->total, 0, (size_t)(d * PANEL) * 4);
      memset(own->other_total, 0, (size_t)(d * PANEL) * 4);
    }
    int64_t place = (n * z->s + first + p * PANEL) * z->dk_row + group * d;
    unpack_lanes(own->total, scales, counts[p], d, z->dk + place, z->dk_row);
    unpack_lanes(own->other_total, ones, counts[p], d, z->dv + place, z->dk_row);
  }
}

LEMNOS_VECTORIZED
void lemnos_attention_gradient(const lemnos_attention *z, int64_t begin, int64_t end) {
  memory m = memory_of(z->d);
  int64_t shared = z->h / z->g, blocks = (z->s + LANES - 1) / LANES;
  for (int64_t unit = begin; unit < end; unit++) {
    int64_t split = unit % z->splits, group = unit / z->splits % z->g, n = unit / z->splits / z->g;
    float *dq = z->partial_dq ? z->partial_dq + split * z->n * z->t * z->h * z->d : z->dq;
    int64_t dq_row = z->partial_dq ? z->h * z->d : z->dq_row;
    for (int64_t t = 0; t < z->t && blocks == 0; t++) {
      memset(dq + (n * z->t + t) * dq_row + group * shared * z->d, 0, (size_t)(shared * z->d) * 4);
    }
    int64_t first = blocks * split / z->splits;
    for (int64_t b = first; b < blocks * (split + 1) / z->splits; b++) gradients_of_keys(z, n, group, b * LANES, b > first, dq, dq_row, &m);
  }
}

LEMNOS_VECTORIZED
void lemnos_attention_gather(const lemnos_attention *z, int64_t begin, int64_t end) {
  int64_t row = z->h * z->d, count = z->n * z->t * row;
  for (int64_t place = begin; place < end; place++) {
    float *to = z->dq + place * z->dq_row;
    const float *from = z->partial_dq + place * row;
    memcpy(to, from, (size_t)row * 4);
    for (int64_t split = 1; split < z->splits; split++) {
      from += count;
      for (int64_t i = 0; i < row; i++) to[i] += from[i];
    }
  }
}
