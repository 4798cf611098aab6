// Iterators over the elements of a chain, advanced from block to block.
#ifndef LEMNOS_PLACES_H
#define LEMNOS_PLACES_H

#include "elementary.h"
#include "elements.h"
#include "products.h"
#include "sums.h"

// Iterator of a stepped input: the memory index of its current scalar, and the element at which the next one
// starts.
typedef struct {
  int64_t index, until;
  int64_t coordinates[LEMNOS_MAX_RANK];
} lemnos_step_place;

LEMNOS_INLINE void lemnos_find_step(const lemnos_input *input, int64_t at, lemnos_step_place *place) {
  int64_t rest = at / input->run;
  place->until = (rest + 1) * input->run;
  place->index = input->offset;
  for (int64_t axis = input->rank - 1; axis >= 0; axis--) {
    place->coordinates[axis] = rest % input->shape[axis];
    place->index += place->coordinates[axis] * input->strides[axis];
    rest /= input->shape[axis];
  }
}

// Advances to the next scalar.
LEMNOS_INLINE void lemnos_next_step(const lemnos_input *input, lemnos_step_place *place) {
  place->until += input->run;
  for (int64_t axis = input->rank - 1; axis >= 0; axis--) {
    place->index += input->strides[axis];
    if (++place->coordinates[axis] < input->shape[axis]) return;
    place->index -= input->shape[axis] * input->strides[axis];
    place->coordinates[axis] = 0;
  }
}

LEMNOS_INLINE int32_t lemnos_element(const lemnos_input *input, int64_t index) {
  int32_t element;
  lemnos_read(input->base, input->dtype, index, 1, 1, &element);
  return element;
}

// Writes the scalars of the next n elements, one per 2^shift elements. `to` has room for seven more.
LEMNOS_INLINE void lemnos_take_steps(
    const lemnos_input *input, lemnos_step_place *place, int64_t at, int64_t n, int32_t shift, int32_t *to) {
  typedef int32_t eight __attribute__((vector_size(32), aligned(4)));
  for (int64_t done = 0, end; done < n; done = end) {
    if (at + done == place->until) lemnos_next_step(input, place);
    end = lemnos_least(place->until - at, n);
    eight numbers = lemnos_element(input, place->index) - (eight){0};
    for (int64_t e = done >> shift; e << shift < end; e += 8) *(eight *)(to + e) = numbers;
  }
}

// Iterator of a sum: the index of its row's total, and the position within the row.
typedef struct {
  int64_t total, at;
} lemnos_reduction_place;

LEMNOS_INLINE int64_t lemnos_reduction_length(const lemnos_reduction *reduction) { return reduction->inner == 1 ? reduction->reduced : reduction->inner; }

LEMNOS_INLINE lemnos_reduction_place lemnos_find_reduction(const lemnos_reduction *reduction, int64_t at) {
  int64_t length = lemnos_reduction_length(reduction), row = at / length;
  return (lemnos_reduction_place){reduction->rows == 0 ? row : row % reduction->rows, at % length};
}

// Advances by some elements, at most to the end of the row.
LEMNOS_INLINE void lemnos_pass(const lemnos_reduction *reduction, lemnos_reduction_place *place, int64_t n) {
  place->at += n;
  if (place->at < lemnos_reduction_length(reduction)) return;
  place->at = 0;
  if (++place->total == reduction->rows) place->total = 0;
}

// Adds the next n elements to the totals of their rows or columns.
LEMNOS_INLINE void lemnos_reduce_on(const lemnos_reduction *reduction, const float *x, int64_t n, float *totals, lemnos_reduction_place *place) {
  int64_t length = lemnos_reduction_length(reduction);
  for (int64_t done = 0; done < n;) {
    int64_t run = length - place->at < n - done ? length - place->at : n - done;
    const float *from = x + done;
    if (reduction->inner != 1) {
      float *to = totals + place->at;
#pragma clang loop vectorize(assume_safety)
      for (int64_t e = 0; e < run; e++) to[e] += from[e];
    } else {
      totals[place->total] += lemnos_sum(from, run);
    }
    done += run;
    lemnos_pass(reduction, place, run);
  }
}

#endif
