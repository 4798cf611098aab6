// Runs a chain of pointwise operations in blocks that stay in the L1 cache, so that the whole chain is one
// pass over memory.

#include "instructions.h"
#include "elementary.h"
#include "places.h"
#include "products.h"
#include "targets.h"

// to[i][j] = from[j · stride + i].
LEMNOS_INLINE void load_transposed(const float *from, int64_t stride, int64_t rows, int64_t columns, float *to) {
  for (int64_t j = 0; j < columns; j += 4) {
    int64_t i = 0;
    for (; j + 4 <= columns && i + 4 <= rows; i += 4) {
      lemnos_four square[4];
      for (int k = 0; k < 4; k++) square[k] = *(const lemnos_four *)(from + (j + k) * stride + i);
      lemnos_transpose_four(square);
      for (int k = 0; k < 4; k++) *(lemnos_four *)(to + (i + k) * columns + j) = square[k];
    }
    for (; i < rows; i++) {
      for (int64_t k = j; k < j + 4 && k < columns; k++) to[i * columns + k] = from[k * stride + i];
    }
  }
}

// The number of whole rows along the last axis, from these coordinates on, that are adjacent columns in
// memory.
LEMNOS_INLINE int64_t transposed_rows(const lemnos_input *input, const int64_t *coordinates, int64_t n) {
  int64_t last = input->rank - 1, length = input->shape[last];
  if (last < 1 || !lemnos_is_register(input->dtype) || input->strides[last - 1] != 1 || input->strides[last] == 1) return 0;
  if (coordinates[last] != 0 || input->lower[last] != 0 || input->upper[last] != length) return 0;
  return lemnos_least(n / length, input->upper[last - 1] - coordinates[last - 1]);
}

// Loads elements from ..< from + run along the last axis, of the row that starts at `index`; zeros outside
// its bounds.
LEMNOS_INLINE void load_row(const lemnos_input *input, int64_t index, int is_outside, int64_t from, int64_t run, int32_t *to) {
  int64_t last = input->rank - 1, stride = input->strides[last];
  int64_t lower = is_outside || input->lower[last] < from ? from : input->lower[last];
  int64_t upper = is_outside ? from : input->upper[last] < from + run ? input->upper[last] : from + run;
  if (lower > from + run) lower = from + run;
  if (upper < lower) upper = lower;
  int32_t *y = to - from;
  for (int64_t i = from; i < lower; i++) y[i] = 0;
  if (lemnos_is_register(input->dtype) && stride == 1) {
    if (upper > lower) memcpy(y + lower, (const int32_t *)input->base + index + lower, (size_t)(upper - lower) * 4);
  } else if (stride == 0 && upper > lower) {
    int32_t value = lemnos_element(input, index);
    for (int64_t i = lower; i < upper; i++) y[i] = value;
  } else {
    lemnos_read(input->base, input->dtype, index + lower * stride, stride, upper - lower, y + lower);
  }
  for (int64_t i = upper; i < from + run; i++) y[i] = 0;
}

// Loads elements begin ..< begin + n of a strided input, one or several rows along the last axis at a time.
LEMNOS_INLINE void load_strided(const lemnos_input *input, int64_t begin, int64_t n, int32_t *to) {
  int64_t last = input->rank - 1, length = input->shape[last];
  int64_t coordinates[LEMNOS_MAX_RANK];
  int64_t rest = begin;
  for (int64_t axis = last; axis >= 0; axis--) {
    coordinates[axis] = rest % input->shape[axis];
    rest /= input->shape[axis];
  }
  int64_t done = 0;
  while (done < n) {
    int64_t index = input->offset;
    int is_outside = 0;
    for (int64_t axis = 0; axis < last; axis++) {
      index += coordinates[axis] * input->strides[axis];
      is_outside |= coordinates[axis] < input->lower[axis] || coordinates[axis] >= input->upper[axis];
    }
    int64_t rows = is_outside ? 0 : transposed_rows(input, coordinates, n - done);
    if (rows >= 4) {
      load_transposed((const float *)input->base + index, input->strides[last], rows, length, (float *)to + done);
      done += rows * length;
    } else {
      int64_t run = lemnos_least(length - coordinates[last], n - done);
      load_row(input, index, is_outside, coordinates[last], run, to + done);
      done += run;
      rows = 1;
    }
    coordinates[last] = 0;
    for (int64_t axis = last - 1; axis >= 0; axis--, rows = 1) {
      coordinates[axis] += rows;
      if (coordinates[axis] < input->shape[axis]) break;
      coordinates[axis] = 0;
    }
  }
}

// The address of elements begin ..< begin + n of a periodic input: in place, or copied to `own` if they are no
// registers or wrap around.
LEMNOS_INLINE float *periodic(const lemnos_input *input, int64_t begin, int64_t n, float *own) {
  int64_t period = input->shape[0], at = begin % period;
  if (!lemnos_is_register(input->dtype)) {
    for (int64_t done = 0, run; done < n; done += run, at = 0) {
      run = lemnos_least(period - at, n - done);
      lemnos_read(input->base, input->dtype, input->offset + at, 1, run, (int32_t *)own + done);
    }
    return own;
  }
  float *from = (float *)input->base + input->offset;
  if (at + n <= period) return from + at;
  for (int64_t done = 0; done < n; at = 0) {
    int64_t run = period - at < n - done ? period - at : n - done;
    memcpy(own + done, from + at, (size_t)run * 4);
    done += run;
  }
  return own;
}

// True if every block starts at the same phase of a periodic input, so that it is loaded once.
LEMNOS_INLINE int begins_alike(const lemnos_input *input, int64_t length) {
  return input->walk == LEMNOS_PERIODIC && length % input->shape[0] == 0;
}

// Fills a scalar's block: once per element, or once per accumulator if only instructions read it.
LEMNOS_INLINE void put_number(const lemnos_pointwise *kernel, int32_t r, int32_t value, int64_t width, float *to) {
  int64_t count = kernel->is_filled[r] ? kernel->block : kernel->block / width + 1;
  for (int64_t e = 0; e < count; e++) ((int32_t *)to)[e] = value;
}

// Runs the instructions for the remainder, fewer elements than the accumulator: on copies, because the
// caller's memory may end there.
LEMNOS_INLINE void run_rest(
    const lemnos_pointwise *kernel, const lemnos_machine machine, float *const *operands, const float *blocks, int64_t pitch,
    float *copies, int64_t whole, int64_t n) {
  int registers = kernel->input_count + kernel->step_count, all = registers + kernel->result_count;
  size_t bytes = (size_t)(n - whole) * 4;
  float *own[all + kernel->reduction_count + 1];
  for (int r = 0; r < all; r++) {
    own[r] = operands[r];
    int is_input = r < kernel->input_count;
    if (r < registers && kernel->is_number[r]) continue;
    if ((r < registers && !is_input) || (is_input && own[r] == blocks + kernel->slot[r] * pitch)) continue;
    own[r] = copies - whole;
    if (is_input) memcpy(copies, operands[r] + whole, bytes);
    copies += machine.width;
  }
  for (int f = 0; f < kernel->reduction_count; f++, copies += machine.width) own[all + f] = copies - whole;
  machine.run(kernel->rest, own, whole, whole + machine.width);
  for (int f = 0; f < kernel->reduction_count; f++) {
    if (!kernel->is_accumulated[f]) continue;
    float *sums = operands[all + f] + whole / 8;
    for (int64_t lane = 0; lane < machine.width / 8; lane++) sums[lane] = 0;
    sums[0] = lemnos_sum(own[all + f] + whole, n - whole);
  }
  for (int r = 0; r < kernel->result_count; r++) {
    if (!kernel->is_late[r]) memcpy(operands[registers + r] + whole, own[registers + r] + whole, bytes);
  }
}

// Adds the partial sums of the next n elements, one vector per accumulator, to the totals of their rows.
LEMNOS_INLINE void end_sums(
    const lemnos_reduction *reduction, const float *sums, int64_t n, float *totals, lemnos_reduction_place *place) {
  for (int64_t done = 0, run; done < n; done += run) {
    run = lemnos_least(reduction->reduced - place->at, n - done);
    // Of the last accumulator only the first lane may be set; the others are zero.
    totals[place->total] += lemnos_sum(sums + done / 8, (run + 7) / 8);
    lemnos_pass(reduction, place, run);
  }
}

// The address of elements at ..< at + n of an input: in place, or loaded into a block.
LEMNOS_INLINE float *read_input(
    const lemnos_pointwise *kernel, int r, int64_t at, int64_t n, int32_t shift, const float *local, lemnos_step_place *place,
    float *own) {
  const lemnos_input *input = &kernel->inputs[r];
  switch (input->walk) {
  case LEMNOS_UNIFORM: break;
  case LEMNOS_REPEATED: lemnos_take_steps(input, place, at, n, kernel->is_number[r] ? shift : 0, (int32_t *)own); break;
  case LEMNOS_PERIODIC: return periodic(input, at, n, own);
  case LEMNOS_STRIDED: load_strided(input, at, n, (int32_t *)own); break;
  case LEMNOS_LOCAL: return (float *)local;
  case LEMNOS_CONTIGUOUS:
    if (lemnos_is_register(input->dtype)) return (float *)input->base + input->offset + at;
    lemnos_read(input->base, input->dtype, input->offset + at, 1, n, (int32_t *)own);
  }
  return own;
}

// Deferred stores: results that could not be stored before the rest of the block was read.
LEMNOS_INLINE void store_late(const lemnos_pointwise *kernel, int64_t at, int64_t n, float *const *operands) {
  for (int r = 0; r < kernel->result_count; r++) {
    if (!kernel->is_late[r]) continue;
    const lemnos_result *result = &kernel->results[r];
    lemnos_write(result->base, result->dtype, at, n, (const int32_t *)operands[result->source]);
  }
}

LEMNOS_VECTORIZED
void lemnos_pointwise_run(
    const lemnos_pointwise *kernel, int64_t begin, int64_t end, const float *local, float *const *totals) {
  lemnos_machine machine = lemnos_machine_here();
  int inputs = kernel->input_count, steps = kernel->step_count, results = kernel->result_count, reductions = kernel->reduction_count;
  int64_t length = kernel->block, pitch = length + LEMNOS_WIDEST, sums_pitch = length / 8 + LEMNOS_WIDEST;
  _Alignas(64) float blocks[(kernel->slots + 1) * pitch], copies[(inputs + results + reductions + 1) * machine.width];
  _Alignas(64) float sums[(reductions + 1) * sums_pitch];
  float *operands[inputs + steps + results + reductions + 1];
  lemnos_step_place step_places[inputs + 1];
  lemnos_reduction_place fold_places[reductions + 1];
  // True if blocks start at multiples of LEMNOS_LEAST_RUN, so that an accumulator spans one run and one row.
  int is_aligned = 1;
  for (int f = 0; f < reductions; f++) {
    fold_places[f] = lemnos_find_reduction(&kernel->reductions[f], begin);
    operands[inputs + steps + results + f] = sums + f * sums_pitch;
    if (kernel->is_accumulated[f] && begin % LEMNOS_LEAST_RUN != 0) is_aligned = 0;
  }
  for (int r = 0; r < inputs; r++) {
    const lemnos_input *input = &kernel->inputs[r];
    operands[r] = blocks + kernel->slot[r] * pitch;
    if (input->walk == LEMNOS_UNIFORM) put_number(kernel, r, lemnos_element(input, input->offset), machine.width, operands[r]);
    if (input->walk == LEMNOS_REPEATED) {
      lemnos_find_step(input, begin, &step_places[r]);
      if (begin % LEMNOS_LEAST_RUN != 0) is_aligned = 0;
    }
  }
  for (int r = 0; r < inputs && is_aligned; r++) {
    if (!begins_alike(&kernel->inputs[r], length)) continue;
    operands[r] = periodic(&kernel->inputs[r], begin, lemnos_least(end - begin, length), operands[r]);
  }
  for (int s = 0, r = inputs; s < steps; s++, r++) {
    operands[r] = blocks + kernel->slot[r] * pitch;
    if (kernel->is_number[r]) put_number(kernel, r, kernel->steps[s].literal, machine.width, operands[r]);
  }
  for (int64_t at = begin, n; at < end; at += n) {
    n = lemnos_least(end - at, length);
    if (!is_aligned && at % LEMNOS_LEAST_RUN != 0) n = lemnos_least(n, LEMNOS_LEAST_RUN - at % LEMNOS_LEAST_RUN);
    for (int r = 0; r < inputs; r++) {
      if (is_aligned && begins_alike(&kernel->inputs[r], length)) continue;
      const float *from = kernel->inputs[r].walk == LEMNOS_LOCAL ? local + (at - begin) : NULL;
      operands[r] = read_input(kernel, r, at, n, machine.shift, from, &step_places[r], blocks + kernel->slot[r] * pitch);
    }
    for (int r = 0; r < results; r++) operands[inputs + steps + r] = (float *)kernel->results[r].base + at;
    int64_t whole = n / machine.width * machine.width;
    machine.run(kernel->code, operands, 0, whole);
    if (whole < n) run_rest(kernel, machine, operands, blocks, pitch, copies, whole, n);
    for (int f = 0; f < reductions; f++) {
      const lemnos_reduction *reduction = &kernel->reductions[f];
      if (kernel->is_accumulated[f]) {
        end_sums(reduction, operands[inputs + steps + results + f], n, totals[f], &fold_places[f]);
      } else {
        lemnos_reduce_on(reduction, operands[reduction->source], n, totals[f], &fold_places[f]);
      }
    }
    store_late(kernel, at, n, operands);
  }
}
