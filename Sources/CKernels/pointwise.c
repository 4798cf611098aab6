// A register machine whose registers are blocks of elements: each step is one vectorized loop over a block that stays in
// the first-level cache, so a whole chain costs one trip through memory.

#include "include/CKernels.h"
#include "elementary.h"
#include "targets.h"

// Some loops have no vector form in the oldest instruction set; that is no mistake.
#pragma clang diagnostic ignored "-Wpass-failed"

// 1 KiB a register: two dozen live ones fit beside one another in the cache, and the switch costs little for each block.
enum { BLOCK = 256 };

typedef union {
  float f[BLOCK];
  int32_t i[BLOCK];
} block;

#define LOOP(expression) \
  _Pragma("clang loop vectorize(assume_safety)") for (int64_t e = 0; e < n; e++) { expression; } \
  break

LEMNOS_INLINE void step_float(
    lemnos_operation operation, void *result, const void *pa, const void *pb, const void *pc, int64_t n) {
  float *y = result;
  int32_t *t = result;
  const float *a = pa, *b = pb, *c = pc;
  switch (operation) {
  case LEMNOS_NEGATE: LOOP(y[e] = -a[e]);
  case LEMNOS_ABS: LOOP(y[e] = __builtin_fabsf(a[e]));
  case LEMNOS_EXP: LOOP(y[e] = vector_exp(a[e]));
  case LEMNOS_LOG: LOOP(y[e] = vector_log(a[e]));
  case LEMNOS_SQRT: LOOP(y[e] = __builtin_elementwise_sqrt(a[e]));
  case LEMNOS_TANH: LOOP(y[e] = vector_tanh(a[e]));
  case LEMNOS_SIGMOID: LOOP(y[e] = vector_sigmoid(a[e]));
  // Written so that a NaN stays one; likewise below.
  case LEMNOS_RELU: LOOP(y[e] = a[e] < 0.0f ? 0.0f : a[e]);
  case LEMNOS_FLOOR: LOOP(y[e] = __builtin_elementwise_floor(a[e]));
  case LEMNOS_TO_FLOAT: LOOP(y[e] = a[e]);
  case LEMNOS_TO_INT: LOOP(t[e] = vector_truncate(a[e]));
  case LEMNOS_TO_BYTE: LOOP(int32_t v = vector_truncate(a[e]); t[e] = v < 0 ? 0 : v > 255 ? 255 : v);
  case LEMNOS_ROUND_TF32: LOOP(y[e] = vector_rounded(a[e], 13));
  case LEMNOS_ROUND_BFLOAT16: LOOP(y[e] = vector_rounded(a[e], 16));
  case LEMNOS_ROUND_FLOAT16: LOOP(y[e] = vector_float16(a[e]));
  case LEMNOS_ADD: LOOP(y[e] = a[e] + b[e]);
  case LEMNOS_SUBTRACT: LOOP(y[e] = a[e] - b[e]);
  case LEMNOS_MULTIPLY: LOOP(y[e] = a[e] * b[e]);
  case LEMNOS_DIVIDE: LOOP(y[e] = a[e] / b[e]);
  case LEMNOS_MAXIMUM: LOOP(y[e] = a[e] < b[e] || b[e] != b[e] ? b[e] : a[e]);
  case LEMNOS_MINIMUM: LOOP(y[e] = b[e] < a[e] || b[e] != b[e] ? b[e] : a[e]);
  case LEMNOS_POWER:
    for (int64_t e = 0; e < n; e++) y[e] = powf(a[e], b[e]);
    break;
  case LEMNOS_REMAINDER:
    for (int64_t e = 0; e < n; e++) y[e] = fmodf(a[e], b[e]);
    break;
  case LEMNOS_EQUAL: LOOP(t[e] = a[e] == b[e]);
  case LEMNOS_LESS: LOOP(t[e] = a[e] < b[e]);
  case LEMNOS_SELECT: LOOP(y[e] = a[e] != 0.0f ? b[e] : c[e]);
  case LEMNOS_LITERAL: break;
  }
}

// The commonest steps as functions of their own, for whole vectors: a call that the processor foresees costs less than a switch
// among long loops.
typedef float wide __attribute__((vector_size(64), aligned(4)));
typedef int32_t wide_int __attribute__((vector_size(64), aligned(4)));

#define WHOLE(name, load_a, load_b, expression) \
  LEMNOS_VECTORIZED static void name(float *y, const float *left, const float *right, int64_t n) { \
    wide a = (wide){0} + left[0], b = (wide){0} + right[0]; \
    _Pragma("clang loop unroll_count(4)") for (int64_t e = 0; e < n; e += 16) { \
      load_a; \
      load_b; \
      *(wide *)(y + e) = expression; \
    } \
    (void)b; \
  }

#define LEFT a = *(const wide *)(left + e)
#define RIGHT b = *(const wide *)(right + e)

// Of two vectors, of a vector and a number, and of a number and a vector.
#define WHOLE_FORMS(name, expression) \
  WHOLE(name##_vectors, LEFT, RIGHT, expression) \
  WHOLE(name##_number, LEFT, (void)0, expression) \
  WHOLE(name##_to_number, (void)0, RIGHT, expression)

WHOLE_FORMS(add, a + b)
WHOLE_FORMS(subtract, a - b)
WHOLE_FORMS(multiply, a * b)
WHOLE_FORMS(quotient, a / b)
WHOLE(root, LEFT, (void)0, __builtin_elementwise_sqrt(a))
WHOLE(rectified, LEFT, (void)0, (wide)(~(a < 0.0f) & (wide_int)a))
WHOLE(negative, LEFT, (void)0, -a)

typedef void (*whole_step)(float *, const float *, const float *, int64_t);

#define FORMS(name) {name##_vectors, name##_number, name##_to_number}

static const whole_step whole_steps[LEMNOS_SELECT + 1][3] = {
  [LEMNOS_ADD] = FORMS(add),
  [LEMNOS_SUBTRACT] = FORMS(subtract),
  [LEMNOS_MULTIPLY] = FORMS(multiply),
  [LEMNOS_DIVIDE] = FORMS(quotient),
  [LEMNOS_SQRT] = {root},
  [LEMNOS_RELU] = {rectified},
  [LEMNOS_NEGATE] = {negative},
};

LEMNOS_INLINE int32_t divide(int32_t a, int32_t b) { return b == 0 ? 0 : b == -1 ? (int32_t)(0u - (uint32_t)a) : a / b; }

LEMNOS_INLINE int32_t remainder_of(int32_t a, int32_t b) { return b == 0 || b == -1 ? 0 : a % b; }

LEMNOS_INLINE void step_int(
    lemnos_operation operation, void *result, const void *pa, const void *pb, const void *pc, int64_t n) {
  float *y = result;
  int32_t *t = result;
  const int32_t *a = pa, *b = pb, *c = pc;
  switch (operation) {
  case LEMNOS_NEGATE: LOOP(t[e] = (int32_t)(0u - (uint32_t)a[e]));
  case LEMNOS_ABS: LOOP(t[e] = a[e] < 0 ? (int32_t)(0u - (uint32_t)a[e]) : a[e]);
  case LEMNOS_RELU: LOOP(t[e] = a[e] < 0 ? 0 : a[e]);
  case LEMNOS_TO_FLOAT: LOOP(y[e] = (float)a[e]);
  case LEMNOS_TO_INT: LOOP(t[e] = a[e]);
  case LEMNOS_TO_BYTE: LOOP(t[e] = a[e] < 0 ? 0 : a[e] > 255 ? 255 : a[e]);
  case LEMNOS_ADD: LOOP(t[e] = (int32_t)((uint32_t)a[e] + (uint32_t)b[e]));
  case LEMNOS_SUBTRACT: LOOP(t[e] = (int32_t)((uint32_t)a[e] - (uint32_t)b[e]));
  case LEMNOS_MULTIPLY: LOOP(t[e] = (int32_t)((uint32_t)a[e] * (uint32_t)b[e]));
  case LEMNOS_DIVIDE:
    for (int64_t e = 0; e < n; e++) t[e] = divide(a[e], b[e]);
    break;
  case LEMNOS_REMAINDER:
    for (int64_t e = 0; e < n; e++) t[e] = remainder_of(a[e], b[e]);
    break;
  case LEMNOS_MAXIMUM: LOOP(t[e] = a[e] < b[e] ? b[e] : a[e]);
  case LEMNOS_MINIMUM: LOOP(t[e] = b[e] < a[e] ? b[e] : a[e]);
  case LEMNOS_EQUAL: LOOP(t[e] = a[e] == b[e]);
  case LEMNOS_LESS: LOOP(t[e] = a[e] < b[e]);
  // The chosen values are moved as they are, whatever their type.
  case LEMNOS_SELECT: LOOP(t[e] = a[e] != 0 ? b[e] : c[e]);
  default: break;
  }
}

LEMNOS_INLINE int32_t element(const lemnos_input *input, int64_t index) {
  switch (input->dtype) {
  case LEMNOS_UINT8: return ((const uint8_t *)input->base)[index];
  default: return ((const int32_t *)input->base)[index];
  }
}

// Elements begin ..< begin + n of an input that is walked by strides, a run along the last axis at a time.
LEMNOS_INLINE void load_strided(const lemnos_input *input, int64_t begin, int64_t n, int32_t *to) {
  int64_t last = input->rank - 1;
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
    int64_t from = coordinates[last];
    int64_t run = input->shape[last] - from < n - done ? input->shape[last] - from : n - done;
    int64_t lower = is_outside || input->lower[last] < from ? from : input->lower[last];
    int64_t upper = is_outside ? from : input->upper[last] < from + run ? input->upper[last] : from + run;
    if (lower > from + run) lower = from + run;
    if (upper < lower) upper = lower;
    int64_t stride = input->strides[last];
    int32_t *y = to + done - from;
    for (int64_t i = from; i < lower; i++) y[i] = 0;
    if (input->dtype != LEMNOS_UINT8 && stride == 1) {
      if (upper > lower) memcpy(y + lower, (const int32_t *)input->base + index + lower, (size_t)(upper - lower) * 4);
    } else if (stride == 0 && upper > lower) {
      int32_t value = element(input, index);
      for (int64_t i = lower; i < upper; i++) y[i] = value;
    } else {
      for (int64_t i = lower; i < upper; i++) y[i] = element(input, index + i * stride);
    }
    for (int64_t i = upper; i < from + run; i++) y[i] = 0;
    done += run;
    coordinates[last] = 0;
    for (int64_t axis = last - 1; axis >= 0; axis--) {
      if (++coordinates[axis] < input->shape[axis]) break;
      coordinates[axis] = 0;
    }
  }
}

// Adds elements begin ..< begin + n to the totals of their rows or columns.
LEMNOS_INLINE void fold(const lemnos_fold *fold, const float *x, int64_t begin, int64_t n, float *totals) {
  int64_t length = fold->inner == 1 ? fold->reduced : fold->inner;
  int64_t at = begin % length;
  for (int64_t done = 0; done < n;) {
    int64_t run = length - at < n - done ? length - at : n - done;
    const float *from = x + done;
    if (fold->inner != 1) {
      float *to = totals + at;
#pragma clang loop vectorize(assume_safety)
      for (int64_t e = 0; e < run; e++) to[e] += from[e];
    } else {
      float partial[16] = {0};
      int64_t e = 0;
      for (; e + 16 <= run; e += 16) {
        for (int lane = 0; lane < 16; lane++) partial[lane] += from[e + lane];
      }
      for (int lane = 0; e + lane < run; lane++) partial[lane] += from[e + lane];
      for (int width = 8; width > 0; width /= 2) {
        for (int lane = 0; lane < width; lane++) partial[lane] += partial[lane + width];
      }
      int64_t row = (begin + done) / length;
      totals[fold->rows == 0 ? row : row % fold->rows] += partial[0];
    }
    done += run;
    at = 0;
  }
}

// The length of blocks, of whole vectors, in which all periodic inputs begin alike, so that they are read once; BLOCK if there is
// none.
LEMNOS_INLINE int64_t block_length(const lemnos_pointwise *kernel) {
  int64_t period = 0;
  for (int r = 0; r < kernel->input_count; r++) {
    const lemnos_input *input = &kernel->inputs[r];
    if (input->walk != LEMNOS_PERIODIC || input->shape[0] > BLOCK) continue;
    if (period != 0 && period != input->shape[0]) return BLOCK;
    period = input->shape[0];
  }
  for (int64_t length = BLOCK; period != 0 && length > 0; length -= 16) {
    if (length % period == 0) return length;
  }
  return BLOCK;
}

// Elements begin ..< begin + n of a periodic input: where they lie, or, where they are no numbers of four bytes in one piece,
// gathered.
LEMNOS_INLINE const void *periodic(const lemnos_input *input, int64_t begin, int64_t n, int32_t *own) {
  int64_t period = input->shape[0], at = begin % period;
  if (input->dtype == LEMNOS_UINT8) {
    const uint8_t *bytes = (const uint8_t *)input->base + input->offset;
    for (int64_t e = 0; e < n; e++) {
      own[e] = bytes[at];
      if (++at == period) at = 0;
    }
    return own;
  }
  const int32_t *from = (const int32_t *)input->base + input->offset;
  if (at + n <= period) return from + at;
  for (int64_t done = 0; done < n; at = 0) {
    int64_t run = period - at < n - done ? period - at : n - done;
    memcpy(own + done, from + at, (size_t)run * 4);
    done += run;
  }
  return own;
}

// Whether a register holds one number everywhere.
LEMNOS_INLINE int is_number(const lemnos_pointwise *kernel, int32_t r) {
  return r < kernel->input_count ? kernel->inputs[r].walk == LEMNOS_UNIFORM
                                 : kernel->steps[r - kernel->input_count].operation == LEMNOS_LITERAL;
}

// The function for a step; NULL where there is none.
LEMNOS_INLINE whole_step whole_step_of(const lemnos_pointwise *kernel, const lemnos_step *step) {
  if (!step->is_float) return NULL;
  const whole_step *forms = whole_steps[step->operation];
  if (forms[1] == NULL) return forms[0];
  return forms[is_number(kernel, step->arguments[1]) ? 1 : is_number(kernel, step->arguments[0]) ? 2 : 0];
}

LEMNOS_VECTORIZED
void lemnos_pointwise_run(
    const lemnos_pointwise *kernel, int64_t begin, int64_t end, const float *local, float *const *totals) {
  int inputs = kernel->input_count, steps = kernel->step_count;
  _Alignas(64) block registers[kernel->slots + 1];
  const void *operands[inputs + steps + 1];
  whole_step whole[steps + 1];
  int64_t length = block_length(kernel), width = end - begin < length ? end - begin : length;
  for (int r = 0; r < inputs; r++) {
    const lemnos_input *input = &kernel->inputs[r];
    int32_t *own = registers[kernel->slot[r]].i;
    operands[r] = own;
    if (input->walk == LEMNOS_PERIODIC && length % input->shape[0] == 0) operands[r] = periodic(input, begin, width, own);
    if (input->walk != LEMNOS_UNIFORM) continue;
    int32_t value = element(input, input->offset);
    for (int64_t e = 0; e < width; e++) own[e] = value;
  }
  for (int s = 0; s < steps; s++) {
    int32_t *own = registers[kernel->slot[inputs + s]].i;
    operands[inputs + s] = own;
    whole[s] = whole_step_of(kernel, &kernel->steps[s]);
    if (kernel->steps[s].operation != LEMNOS_LITERAL) continue;
    for (int64_t e = 0; e < width; e++) own[e] = kernel->steps[s].literal;
  }
  for (int64_t at = begin; at < end; at += length) {
    int64_t n = end - at < length ? end - at : length;
    for (int r = 0; r < inputs; r++) {
      const lemnos_input *input = &kernel->inputs[r];
      if (input->walk == LEMNOS_PERIODIC && length % input->shape[0] != 0) {
        operands[r] = periodic(input, at, n, registers[kernel->slot[r]].i);
      } else if (input->walk == LEMNOS_STRIDED) {
        load_strided(input, at, n, registers[kernel->slot[r]].i);
      } else if (input->walk == LEMNOS_LOCAL) {
        operands[r] = local + (at - begin);
      } else if (input->walk == LEMNOS_CONTIGUOUS && input->dtype != LEMNOS_UINT8) {
        operands[r] = (const int32_t *)input->base + input->offset + at;
      } else if (input->walk == LEMNOS_CONTIGUOUS) {
        const uint8_t *bytes = (const uint8_t *)input->base + input->offset + at;
        int32_t *own = registers[kernel->slot[r]].i;
        for (int64_t e = 0; e < n; e++) own[e] = bytes[e];
      }
    }
    int is_whole = n % 16 == 0;
    for (int s = 0; s < steps; s++) {
      const lemnos_step *step = &kernel->steps[s];
      // Its own block, which nothing has replaced.
      int32_t *own = (int32_t *)operands[inputs + s];
      const void *a = operands[step->arguments[0]], *b = operands[step->arguments[1]];
      if (is_whole && whole[s]) {
        whole[s]((float *)own, a, b, n);
        continue;
      }
      if (step->operation == LEMNOS_LITERAL) continue;
      const void *c = operands[step->arguments[2]];
      if (step->is_float) step_float(step->operation, own, a, b, c, n);
      else step_int(step->operation, own, a, b, c, n);
    }
    for (int f = 0; f < kernel->fold_count; f++) {
      fold(&kernel->folds[f], operands[kernel->folds[f].source], at, n, totals[f]);
    }
    // Only now, because a result may lie where an input lies that some step still had to read.
    for (int r = 0; r < kernel->result_count; r++) {
      const lemnos_result *result = &kernel->results[r];
      const int32_t *x = operands[result->source];
      if (result->dtype == LEMNOS_UINT8) {
        uint8_t *y = (uint8_t *)result->base + at;
        for (int64_t e = 0; e < n; e++) y[e] = (uint8_t)x[e];
      } else if ((int32_t *)result->base + at != x) {
        memmove((int32_t *)result->base + at, x, (size_t)n * 4);
      }
    }
  }
}
