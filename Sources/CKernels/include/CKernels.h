// Vector kernels in C: only C lets a function be compiled for several instruction sets, of which the loader picks the
// best one that the processor has.
#ifndef LEMNOS_CKERNELS_H
#define LEMNOS_CKERNELS_H

#include <pthread.h>
#include <stdint.h>

// How elements lie in memory. In registers, int32 and uint8 are both int32.
typedef enum { LEMNOS_FLOAT32, LEMNOS_INT32, LEMNOS_UINT8 } lemnos_dtype;

typedef enum {
  LEMNOS_LITERAL,
  LEMNOS_NEGATE, LEMNOS_ABS, LEMNOS_EXP, LEMNOS_LOG, LEMNOS_SQRT, LEMNOS_TANH, LEMNOS_SIGMOID, LEMNOS_RELU,
  LEMNOS_FLOOR, LEMNOS_TO_FLOAT, LEMNOS_TO_INT, LEMNOS_TO_BYTE,
  LEMNOS_ROUND_TF32, LEMNOS_ROUND_BFLOAT16, LEMNOS_ROUND_FLOAT16,
  LEMNOS_ADD, LEMNOS_SUBTRACT, LEMNOS_MULTIPLY, LEMNOS_DIVIDE, LEMNOS_MAXIMUM, LEMNOS_MINIMUM, LEMNOS_POWER,
  LEMNOS_REMAINDER, LEMNOS_EQUAL, LEMNOS_LESS, LEMNOS_SELECT
} lemnos_operation;

enum { LEMNOS_MAX_RANK = 8, LEMNOS_MAX_INPUTS = 12, LEMNOS_MAX_STEPS = 96, LEMNOS_MAX_RESULTS = 16 };

// How an input is walked: in order, always the same element, or by strides within bounds.
typedef enum { LEMNOS_CONTIGUOUS, LEMNOS_UNIFORM, LEMNOS_STRIDED } lemnos_walk;

typedef struct {
  const void *base;
  lemnos_dtype dtype;
  lemnos_walk walk;
  int64_t offset;
  int64_t strides[LEMNOS_MAX_RANK];
  // Elements outside these coordinates are zero.
  int64_t lower[LEMNOS_MAX_RANK];
  int64_t upper[LEMNOS_MAX_RANK];
} lemnos_input;

typedef struct {
  lemnos_operation operation;
  // Of the arguments: whether they are floats or int32.
  int32_t is_float;
  int32_t arguments[3];
  // The literal's bits.
  int32_t literal;
} lemnos_step;

typedef struct {
  void *base;
  lemnos_dtype dtype;
  int32_t source;
} lemnos_result;

// A chain of pointwise operations. Registers are numbered from the inputs on, then the steps.
typedef struct {
  int32_t rank, input_count, step_count, result_count;
  int64_t shape[LEMNOS_MAX_RANK];
  lemnos_input inputs[LEMNOS_MAX_INPUTS];
  lemnos_step steps[LEMNOS_MAX_STEPS];
  lemnos_result results[LEMNOS_MAX_RESULTS];
} lemnos_pointwise;

// Computes elements begin ..< end. Results may lie where inputs lie that are walked in order.
void lemnos_pointwise_run(const lemnos_pointwise *kernel, int64_t begin, int64_t end);

// y[o][i] = Σ_r x[o][r][i] for i in begin ..< end, in the order of r.
void lemnos_sum_columns(
    const float *x, float *y, int64_t outer, int64_t reduced, int64_t inner, int64_t begin, int64_t end);

// y[o] = Σ_r x[o][r] for o in begin ..< end, in sixteen interleaved partial sums.
void lemnos_sum_rows(const float *x, float *y, int64_t reduced, int64_t begin, int64_t end);

// N images, C channels, H×W pixels; windows of R×S; P×Q results.
typedef struct {
  int64_t c, h, w, r, s, p, q, stride_h, stride_w, top, left, dilation_h, dilation_w;
} lemnos_windows;

// One image's channels x[C][H][W] to the pixels under each element of the window, columns[C][R][S][P][Q]; 0 in the padding.
void lemnos_image_to_columns(const lemnos_windows *z, const float *x, float *columns);

// The transpose: x[C][H][W] = the sum of what lies over each pixel.
void lemnos_columns_to_image(const lemnos_windows *z, const float *columns, float *x);

// Maximum pooling of planes begin ..< end of x[planes][H][W]: which element of each window is greatest, r · S + s; the
// elements there; and the gradient of those. Windows are not dilated, have at most 256 elements and at least one pixel.
void lemnos_max_pool_places(const lemnos_windows *z, const float *x, uint8_t *places, int64_t begin, int64_t end);
void lemnos_max_pool_pick(
    const lemnos_windows *z, const float *x, const uint8_t *places, float *y, int64_t begin, int64_t end);
void lemnos_max_pool_gradient(
    const lemnos_windows *z, const float *dy, const uint8_t *places, float *dx, int64_t begin, int64_t end);

// The cores that the process may use, at least 1.
int lemnos_available_cores(void);

// Puts sleeping threads on cores of their own, none on the caller's: a thread that is woken may otherwise be put beside
// the one that woke it, and stay there for the length of a kernel.
void lemnos_spread_threads(const pthread_t *threads, int count);

// Tells the processor that a loop waits for another thread.
static inline void lemnos_relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#endif
