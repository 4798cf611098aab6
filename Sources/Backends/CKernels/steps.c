// Steps of a chain without an instruction of the machine, as loops over some elements.

#include "instructions.h"
#include "elementary.h"
#include "targets.h"

// Some loops cannot be vectorized for the baseline instruction set; that is expected.
#pragma clang diagnostic ignored "-Wpass-failed"

#define LOOP(expression) \
  _Pragma("clang loop vectorize(assume_safety)") for (int64_t e = 0; e < n; e++) { expression; } \
  break

#define FUNCTION_CODE(name, limit, exact) FUNCTION_##name,
enum { FUNCTION_BEFORE = LEMNOS_FUNCTION - 1, LEMNOS_FUNCTIONS(FUNCTION_CODE) FUNCTION_END };

#define FUNCTION_NAME(name, limit, exact) #name,
static const char *const function_names[] = {LEMNOS_FUNCTIONS(FUNCTION_NAME)};

lemnos_operation lemnos_function(const char *name) {
  for (int code = LEMNOS_FUNCTION; code < FUNCTION_END; code++) {
    if (strcmp(name, function_names[code - LEMNOS_FUNCTION]) == 0) return (lemnos_operation)code;
  }
  return LEMNOS_LITERAL;
}

// Beyond its limit a function is computed element by element. The choice is made for each element, not for the loop: what an element
// becomes must not depend on its neighbours.
#define FUNCTION_CASE(name, limit, exact) \
  case FUNCTION_##name: \
    if (limit < INFINITY && !is_within(a, n, limit)) { \
      for (int64_t e = 0; e < n; e++) y[e] = __builtin_fabsf(a[e]) <= limit ? vector_##name(a[e]) : exact(a[e]); \
      break; \
    } \
    LOOP(y[e] = vector_##name(a[e]));

LEMNOS_INLINE int is_within(const float *x, int64_t n, float limit) {
  int beyond = 0;
  for (int64_t e = 0; e < n; e++) beyond |= !(__builtin_fabsf(x[e]) <= limit);
  return !beyond;
}

LEMNOS_INLINE void step_float(
    lemnos_operation operation, void *result, const void *pa, const void *pb, const void *pc, int64_t n) {
  float *y = result;
  int32_t *t = result;
  const float *a = pa, *b = pb, *c = pc;
  switch ((int)operation) {
  LEMNOS_FUNCTIONS(FUNCTION_CASE)
  case LEMNOS_FLOOR: LOOP(y[e] = __builtin_elementwise_floor(a[e]));
  case LEMNOS_TO_FLOAT: LOOP(y[e] = a[e]);
  case LEMNOS_TO_INT: LOOP(t[e] = vector_truncate(a[e]));
  case LEMNOS_TO_BYTE: LOOP(int32_t v = vector_truncate(a[e]); t[e] = v < 0 ? 0 : v > 255 ? 255 : v);
  case LEMNOS_TO_BOOL: LOOP(t[e] = a[e] != 0.0f);
  case LEMNOS_ROUND_TF32: LOOP(y[e] = vector_rounded(a[e], 13));
  case LEMNOS_ROUND_BFLOAT16: LOOP(y[e] = vector_rounded(a[e], 16));
  case LEMNOS_ROUND_FLOAT16: LOOP(y[e] = vector_float16(a[e]));
  case LEMNOS_POWER:
    for (int64_t e = 0; e < n; e++) y[e] = powf(a[e], b[e]);
    break;
  case LEMNOS_REMAINDER:
    for (int64_t e = 0; e < n; e++) y[e] = fmodf(a[e], b[e]);
    break;
  case LEMNOS_SELECT: LOOP(y[e] = a[e] != 0.0f ? b[e] : c[e]);
  // The others have instructions of their own.
  default: break;
  }
}

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
  case LEMNOS_TO_INT: LOOP(t[e] = a[e]);
  case LEMNOS_TO_BYTE: LOOP(t[e] = a[e] < 0 ? 0 : a[e] > 255 ? 255 : a[e]);
  case LEMNOS_TO_BOOL: LOOP(t[e] = a[e] != 0);
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
  // Selected values are moved bitwise, whatever their type.
  case LEMNOS_SELECT: LOOP(t[e] = a[e] != 0 ? b[e] : c[e]);
  default: break;
  }
}

LEMNOS_VECTORIZED
void lemnos_compute_step(
    lemnos_operation operation, int is_float, void *result, const void *a, const void *b, const void *c, int64_t n) {
  if (is_float) step_float(operation, result, a, b, c, n);
  else step_int(operation, result, a, b, c, n);
}
