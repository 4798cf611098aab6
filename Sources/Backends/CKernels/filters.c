#include "convolutions.h"
#include "targets.h"

int64_t lemnos_packed_count(const lemnos_filters *f) {
  return f->groups * lemnos_wide(f->filters) * f->r * f->s * f->channels;
}

int64_t lemnos_panel_count(const lemnos_filters *f) { return f->groups * lemnos_panels(f->filters); }

// A destination iterator over one filter's elements in memory order: channel e / taps, tap e % taps.
typedef struct {
  int64_t channel, tap, taps, by_channel, by_tap;
} place;

static inline int64_t next_place(place *at) {
  int64_t offset = at->channel * at->by_channel + at->tap * at->by_tap;
  if (++at->tap == at->taps) at->tap = 0, at->channel++;
  return offset;
}

// Packs elements that are contiguous in each filter, four filters by four elements at a time. Filters are far
// apart, so a few cache lines of each are read at a time, and the next ones prefetched.
static inline __attribute__((always_inline)) void pack_elements(
    const float *from, int64_t by_filter, int64_t columns, int64_t count, place at, float *to) {
  enum { AT_ONCE = 64, LINE = 16 };
  int64_t whole = count / 4 * 4, offsets[AT_ONCE];
  for (int64_t begin = 0, end; begin < whole; begin = end) {
    end = lemnos_least(whole, begin + AT_ONCE);
    for (int64_t e = begin; e < end; e++) offsets[e - begin] = next_place(&at);
    int64_t k = 0;
    for (; k + 4 <= columns; k += 4) {
      const float *filter[4];
      for (int i = 0; i < 4; i++) filter[i] = from + (k + i) * by_filter;
      for (int64_t e = end; e < lemnos_least(whole, end + AT_ONCE); e += LINE) {
        for (int i = 0; i < 4; i++) __builtin_prefetch(filter[i] + e, 0, 2);
      }
      for (int64_t e = begin; e < end; e += 4) {
        lemnos_four rows[4];
        for (int i = 0; i < 4; i++) rows[i] = *(const lemnos_four *)(filter[i] + e);
        lemnos_transpose_four(rows);
        for (int i = 0; i < 4; i++) *(lemnos_four *)(to + offsets[e - begin + i] + k) = rows[i];
      }
    }
    for (; k < columns; k++) {
      for (int64_t e = begin; e < end; e++) to[offsets[e - begin] + k] = from[k * by_filter + e];
    }
  }
  for (int64_t e = whole; e < count; e++) {
    int64_t offset = next_place(&at);
    for (int64_t k = 0; k < columns; k++) to[offset + k] = from[k * by_filter + e];
  }
}

// The number of channels prefetched ahead.
enum { FETCHED_AHEAD = 4 };

LEMNOS_VECTORIZED
void lemnos_pack_panel(
    const lemnos_filters *f, int64_t group, int64_t k0, int64_t k1, int64_t c0, int64_t c1, float *to) {
  int64_t taps = f->r * f->s, whole = f->whole_r * f->whole_s, wide = lemnos_wide(k1 - k0), by_tap = (c1 - c0) * wide;
  // Strides between channels and between filters.
  int64_t by_channel = f->is_transposed ? f->filters * whole : whole;
  int64_t by_filter = f->is_transposed ? whole : f->channels * whole;
  const float *from = f->weights + group * f->filters * f->channels * whole + k0 * by_filter + c0 * by_channel;
  if (taps == whole && !f->is_transposed && f->step_r == 1 && f->step_s == 1) {
    pack_elements(from, by_filter, k1 - k0, (c1 - c0) * taps, (place){0, 0, taps, wide, by_tap}, to);
  } else if (taps == whole && taps > 0 && f->step_r == -1 && f->step_s == -1) {
    // Flipped: the last tap comes first.
    for (int64_t c = 0; c < c1 - c0; c++) {
      float *last = to + (taps - 1) * by_tap + c * wide;
      // Channels are far apart; the filters of one channel are contiguous.
      if (c + FETCHED_AHEAD < c1 - c0) lemnos_fetch(from + (c + FETCHED_AHEAD) * by_channel, (k1 - k0) * whole);
      pack_elements(from + c * by_channel, by_filter, k1 - k0, taps, (place){0, 0, taps, 0, -by_tap}, last);
    }
  } else {
    for (int64_t c = 0; c < c1 - c0; c++) {
      for (int64_t r = 0; r < f->r; r++) {
        for (int64_t s = 0; s < f->s; s++) {
          const float *element =
              from + c * by_channel + (f->first_r + r * f->step_r) * f->whole_s + f->first_s + s * f->step_s;
          float *row = to + (r * f->s + s) * by_tap + c * wide;
          for (int64_t k = 0; k < k1 - k0; k++) row[k] = element[k * by_filter];
        }
      }
    }
  }
  for (int64_t row = 0; row < taps * (c1 - c0); row++) {
    for (int64_t k = k1 - k0; k < wide; k++) to[row * wide + k] = 0.0f;
  }
}

void lemnos_pack_filters(const lemnos_filters *f, float *packed, int64_t begin, int64_t end) {
  int64_t panels = lemnos_panels(f->filters);
  for (int64_t index = begin; index < end; index++) {
    int64_t group = index / panels, k0 = index % panels * LEMNOS_PACKED, k1 = lemnos_panel_end(k0, f->filters);
    float *to = packed + (group * lemnos_wide(f->filters) + k0) * f->r * f->s * f->channels;
    lemnos_pack_panel(f, group, k0, k1, 0, f->channels, to);
  }
}

LEMNOS_VECTORIZED
const float *lemnos_gradient_panel(
    const lemnos_convolution *z, const float *dy, int64_t group, int64_t k0, int64_t k1, int64_t count, float *packed,
    int64_t *step) {
  int64_t pitch = z->groups * z->filters, columns = k1 - k0;
  const float *from = dy + group * z->filters + k0;
  *step = pitch;
  if (columns % LEMNOS_WIDEST == 0) return from;
  *step = lemnos_wide(columns);
  for (int64_t w = 0; w < count; w++) {
    for (int64_t k = 0; k < columns; k++) packed[w * *step + k] = from[w * pitch + k];
    for (int64_t k = columns; k < *step; k++) packed[w * *step + k] = 0.0f;
  }
  return packed;
}

LEMNOS_VECTORIZED
void lemnos_gather_gradient(
    const lemnos_convolution *z, const float *const *parts, int64_t part_count, lemnos_gradient_block block, int64_t first,
    int64_t last, float *dw, int64_t by_filter) {
  int64_t taps = z->r * z->s, channels = block.c1 - block.c0, count = channels * taps, filters = block.k1 - block.k0;
  place at = {0, 0, taps, filters, channels * filters};
  int64_t whole = count / 4 * 4, e;
  // A block of filters at a time, to bound the number of result rows written concurrently.
  for (int64_t k0 = first; k0 < last; k0 += 32) {
    int64_t k1 = k0 + 32 < last ? k0 + 32 : last;
    at.channel = 0, at.tap = 0;
    for (e = 0; e < whole; e += 4) {
      int64_t offsets[4];
      for (int i = 0; i < 4; i++) offsets[i] = next_place(&at);
      int64_t k = k0;
      for (; k + 4 <= k1; k += 4) {
        lemnos_four rows[4];
        for (int i = 0; i < 4; i++) {
          rows[i] = *(const lemnos_four *)(parts[0] + offsets[i] + k);
          for (int64_t part = 1; part < part_count; part++) {
            rows[i] += *(const lemnos_four *)(parts[part] + offsets[i] + k);
          }
        }
        lemnos_transpose_four(rows);
        for (int i = 0; i < 4; i++) *(lemnos_four *)(dw + (k - first + i) * by_filter + e) = rows[i];
      }
      for (; k < k1; k++) {
        for (int i = 0; i < 4; i++) {
          float sum = parts[0][offsets[i] + k];
          for (int64_t part = 1; part < part_count; part++) sum += parts[part][offsets[i] + k];
          dw[(k - first) * by_filter + e + i] = sum;
        }
      }
    }
  }
  at.channel = whole / taps, at.tap = whole % taps;
  for (e = whole; e < count; e++) {
    int64_t offset = next_place(&at);
    for (int64_t k = first; k < last; k++) {
      float sum = parts[0][offset + k];
      for (int64_t part = 1; part < part_count; part++) sum += parts[part][offset + k];
      dw[(k - first) * by_filter + e] = sum;
    }
  }
}
