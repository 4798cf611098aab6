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
  LEMNOS_NEGATE, LEMNOS_ABS, LEMNOS_SQRT, LEMNOS_RELU, LEMNOS_FLOOR, LEMNOS_TO_FLOAT, LEMNOS_TO_INT, LEMNOS_TO_BYTE,
  LEMNOS_ROUND_TF32, LEMNOS_ROUND_BFLOAT16, LEMNOS_ROUND_FLOAT16,
  LEMNOS_ADD, LEMNOS_SUBTRACT, LEMNOS_MULTIPLY, LEMNOS_DIVIDE, LEMNOS_MAXIMUM, LEMNOS_MINIMUM, LEMNOS_POWER,
  LEMNOS_REMAINDER, LEMNOS_EQUAL, LEMNOS_LESS, LEMNOS_SELECT,
  // The first of the elementary functions of floats, see lemnos_function.
  LEMNOS_FUNCTION
} lemnos_operation;

// The operation of an elementary function by its name; LEMNOS_LITERAL if there is none of that name.
lemnos_operation lemnos_function(const char *name);

// The accumulator of the widest machine has as many elements as the shortest run that is read as one number: so it never holds
// elements of two runs.
enum { LEMNOS_MAX_RANK = 8, LEMNOS_LEAST_RUN = 128 };

// How an input is walked: in order; always the same element; in order over and over again, shape[0] elements each time; by strides,
// each element `run` times in turn; by strides within bounds; or in order from where the caller says.
typedef enum {
  LEMNOS_CONTIGUOUS, LEMNOS_UNIFORM, LEMNOS_PERIODIC, LEMNOS_STEPPED, LEMNOS_STRIDED, LEMNOS_LOCAL
} lemnos_walk;

typedef struct {
  const void *base;
  lemnos_dtype dtype;
  lemnos_walk walk;
  int64_t offset;
  // A multiple of LEMNOS_LEAST_RUN.
  int64_t run;
  // Of a walk by strides: the axes that elements are counted along.
  int64_t rank;
  int64_t shape[LEMNOS_MAX_RANK];
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

// A sum: of rows of `reduced` elements each, where `inner` is 1, else of columns, `inner` of them side by side. Rows `rows` apart
// have one total; 0 where each has its own.
typedef struct {
  int32_t source;
  int64_t reduced, inner, rows;
} lemnos_fold;

// An instruction of the machine that runs chains.
typedef struct {
  int32_t code, operands[4];
  // Where no code is for the operation by itself.
  lemnos_operation operation;
  int32_t is_float;
} lemnos_instruction;

// A chain of pointwise operations. Registers are numbered from the inputs on, then the steps; each may be kept in one of `slots`
// blocks of memory, whose numbers are in `slot`.
typedef struct {
  int32_t input_count, step_count, result_count, fold_count, slots;
  const lemnos_input *inputs;
  const lemnos_step *steps;
  const lemnos_result *results;
  const lemnos_fold *folds;
  const int32_t *slot;
  // What lemnos_pointwise_prepare makes of it: how long blocks are; instructions, and those for elements that are fewer than the
  // machine takes at once; of each register, whether it is one number, and one that is written out for each element; of each result,
  // whether it is stored when everything else has been read; of each fold, whether instructions add it up.
  int64_t block;
  lemnos_instruction *code, *rest;
  uint8_t *is_number, *is_filled, *is_late, *is_accumulated;
} lemnos_pointwise;

// How many instructions there are at most.
int32_t lemnos_instruction_limit(int32_t steps, int32_t results, int32_t folds);

// Must be called once, before the chain is run.
void lemnos_pointwise_prepare(lemnos_pointwise *kernel);

// Computes elements begin ..< end. Results may lie where inputs lie that are walked in order. Element `begin` of local inputs is
// at `local`. To totals[fold][row], or totals[fold][column], the elements of that row or column are added.
void lemnos_pointwise_run(
    const lemnos_pointwise *kernel, int64_t begin, int64_t end, const float *local, float *const *totals);

// y[o][j][i] = x[o][i][j] for o in begin ..< end.
void lemnos_transpose(const float *x, int64_t rows, int64_t columns, float *y, int64_t begin, int64_t end);

// y[o][i] = Σ_r x[o][r][i] for i in begin ..< end, in the order of r.
void lemnos_sum_columns(
    const float *x, float *y, int64_t outer, int64_t reduced, int64_t inner, int64_t begin, int64_t end);

// y[o] = Σ_r x[o][r] for o in begin ..< end, in sixteen interleaved partial sums.
void lemnos_sum_rows(const float *x, float *y, int64_t reduced, int64_t begin, int64_t end);

// Vectors of up to this many floats are read and written whole: columns are rounded up to a multiple of it.
enum { LEMNOS_WIDEST = 16 };

// y[m][n] = a[m][k] · b[k][n]. Rows of a matrix are `stride` floats apart, or, of a transposed one, its columns.
typedef struct {
  int64_t m, n, k;
  const float *a, *b;
  int64_t a_stride, b_stride;
  int32_t a_is_transposed, b_is_transposed;
  float *y;
  int64_t y_stride;
  // What is read once the product is done, and comes from memory while it is computed: so many pieces of so many floats each.
  const float *const *after;
  int64_t after_count, after_length;
} lemnos_product;

// Rows row0 ..< row1 and columns column0 ..< column1 of y. Each element is the same whatever the rows and columns it is
// computed with.
void lemnos_multiply(const lemnos_product *z, int64_t row0, int64_t row1, int64_t column0, int64_t column1);

// N images, C channels, H×W pixels; windows of R×S; P×Q results.
typedef struct {
  int64_t c, h, w, r, s, p, q, stride_h, stride_w, top, left, dilation_h, dilation_w;
} lemnos_windows;

// Windows on images x[N][H][W][pitch]: window (p, q) has its first element over pixel (p · step_h + first_h, …), its others
// `dilation` pixels apart; outside the image are zeros. Channels and filters are those of one group.
typedef struct {
  const float *x;
  int64_t images, h, w, pitch, groups, channels, filters;
  int64_t r, s, step_h, step_w, first_h, first_w, dilation_h, dilation_w;
  // Windows per image.
  int64_t p, q;
  // As lemnos_pack_filters leaves them.
  const float *packed;
  // Results, and the floats from one image, row or pixel to the next.
  float *y;
  int64_t y_image, y_row, y_pixel;
} lemnos_convolution;

// The work is cut into units; each makes all filters' results for some windows, which are numbered row by row, image by image.
int64_t lemnos_convolution_units(const lemnos_convolution *z);
void lemnos_convolution_range(const lemnos_convolution *z, int64_t unit, int64_t *begin, int64_t *end);
void lemnos_convolve(const lemnos_convolution *z, int64_t unit);

// Filters weights[groups · filters][channels][whole_r][whole_s], of which elements first + step · 0 ..< r are used, or, transposed,
// weights[groups · channels][filters][…].
typedef struct {
  const float *weights;
  int64_t groups, channels, filters, whole_r, whole_s, r, s, first_r, first_s, step_r, step_s;
  int32_t is_transposed;
} lemnos_filters;

// Floats that they take when packed; and panels, of which begin ..< end are packed.
int64_t lemnos_packed_count(const lemnos_filters *f);
int64_t lemnos_panel_count(const lemnos_filters *f);
void lemnos_pack_filters(const lemnos_filters *f, float *packed, int64_t begin, int64_t end);

// Where few windows meet many weights, those are packed while they are multiplied, and the units are panels, which make their
// filters' results for all windows: whether this is so; and panels begin ..< end, `packed` left unread.
int lemnos_convolves_by_panels(const lemnos_convolution *z);
void lemnos_convolve_panels(const lemnos_convolution *z, const lemnos_filters *f, int64_t begin, int64_t end);

// The gradient of images of few channels, of whose convolution this is the forward pass ("col2im"): whether it pays; the floats that
// filters weights[K][C][R][S] take when they are packed; and rows h0 ..< h1 of one image's.
int lemnos_col2im_pays(const lemnos_convolution *z);
int64_t lemnos_col2im_packed_count(const lemnos_convolution *z);
void lemnos_col2im_pack(const lemnos_convolution *z, const float *weights, float *packed);
void lemnos_col2im(
    const lemnos_convolution *z, const float *dy, const float *packed, int64_t image, int64_t h0, int64_t h1, float *dx);

// The same for windows of 3×3 by fewer multiplications (Winograd): results of m×m pixels at a time. The side m that pays; 0 where
// the convolution is not of that kind, or none pays.
int lemnos_winograd_side(const lemnos_convolution *z);

// Units of work; in how many parts by their filters the units of some windows are cut; and a unit's windows.
int64_t lemnos_winograd_units(const lemnos_convolution *z, int m);
int64_t lemnos_winograd_parts(const lemnos_convolution *z, int m);
void lemnos_winograd_range(const lemnos_convolution *z, int m, int64_t unit, int64_t *begin, int64_t *end);
void lemnos_winograd_convolve(const lemnos_convolution *z, int m, int64_t unit);

// Floats of transformed filters; and those of channels begin ..< end.
int64_t lemnos_winograd_count(const lemnos_filters *f, int m);
void lemnos_winograd_pack(const lemnos_filters *f, int m, float *packed, int64_t begin, int64_t end);

// The gradient of the filters in the same way. All tiles of the images; and the floats that so many of them take when they are
// transformed.
int64_t lemnos_winograd_tiles(const lemnos_convolution *z, int m);
int64_t lemnos_winograd_matrices(int m, int64_t count, int64_t channels);

// Tiles first + begin ..< first + end of images, and of dy, transformed to two sets of matrices of `count` tiles.
void lemnos_winograd_transform(
    const lemnos_convolution *z, const float *dy, int m, int64_t first, int64_t begin, int64_t end, int64_t count, float *v,
    float *w);

// How many products there are, of one place and panel each; and products begin ..< end of `count` tiles, put or added to
// sums[place][channels][filters].
int64_t lemnos_winograd_products(const lemnos_convolution *z, int m);
void lemnos_winograd_multiply(
    const lemnos_convolution *z, int m, const float *v, const float *w, int64_t count, int64_t begin, int64_t end, float *sums,
    int adds);

// The gradient of filters first ..< last, by sixteen, of these sums: element (c, r, s) of filter k at
// dw[(k - first) · by_filter + …].
void lemnos_winograd_gather(
    const lemnos_convolution *z, int m, const float *sums, int64_t first, int64_t last, float *dw, int64_t by_filter);

// The channels for which the gradient of filters is best made at a time.
int64_t lemnos_gradient_channels(const lemnos_convolution *z);

// Filters k0 ..< k1 of a group, and of each the channels c0 ..< c1.
typedef struct {
  int64_t group, c0, c1, k0, k1;
} lemnos_gradient_block;

// total[r][s][c1 - c0][k1 - k0] = Σ over the windows of images first ..< last of a window's elements times
// dy[window][groups · filters].
void lemnos_convolve_gradient(
    const lemnos_convolution *z, const float *dy, lemnos_gradient_block block, int64_t first, int64_t last, float *total);

// Such totals, added up in their order, to filters first ..< last of the block: element (c - c0, r, s) of filter k0 + k at
// dw[(k - first) · by_filter + …].
void lemnos_gather_gradient(
    const lemnos_convolution *z, const float *const *parts, int64_t part_count, lemnos_gradient_block block, int64_t first,
    int64_t last, float *dw, int64_t by_filter);

// Maximum pooling of planes begin ..< end of x[planes][H][W]: which element of each window is greatest, r · S + s; the
// elements there; and the gradient of those. Windows are not dilated, have at most 256 elements and at least one pixel.
void lemnos_max_pool_places(const lemnos_windows *z, const float *x, uint8_t *places, int64_t begin, int64_t end);
void lemnos_max_pool_pick(
    const lemnos_windows *z, const float *x, const uint8_t *places, float *y, int64_t begin, int64_t end);
void lemnos_max_pool_gradient(
    const lemnos_windows *z, const float *dy, const uint8_t *places, float *dx, int64_t begin, int64_t end);

// The same for images with a pixel's channels side by side, x[N][H][W][C]: places and elements of results
// begin ..< end, counted without their channels, of which one may be NULL; elements at places that are known; the gradient of images begin ..< end.
void lemnos_max_pool_last(
    const lemnos_windows *z, const float *x, uint8_t *places, float *y, int64_t begin, int64_t end);
void lemnos_max_pool_pick_last(
    const lemnos_windows *z, const float *x, const uint8_t *places, float *y, int64_t begin, int64_t end);
void lemnos_max_pool_gradient_last(
    const lemnos_windows *z, const float *dy, const uint8_t *places, float *dx, int64_t first, int64_t last);

// Numbers 4 · begin up to 4 · end, and below count, of Philox4x32-10 as multiples of 2⁻²⁴ from [0, 1).
void lemnos_uniform(
    const uint32_t *key, uint32_t counter, uint32_t stream, int64_t begin, int64_t end, int64_t count, float *y);

// Softmax cross-entropy of rows begin ..< end, and its gradient. Labels outside the classes count as the first or the last.
void lemnos_softmax_loss(
    const float *scores, const int32_t *labels, int64_t classes, int64_t begin, int64_t end, float *losses);
void lemnos_softmax_loss_gradient(
    const float *scores, const int32_t *labels, int64_t classes, int64_t begin, int64_t end, float *gradient);

// Memory of the calling thread's own, of at least so many floats; the next call for the same use may reuse it.
typedef enum { LEMNOS_SCRATCH_OPERANDS, LEMNOS_SCRATCH_RESULTS, LEMNOS_SCRATCH_TOTALS } lemnos_scratch_use;
float *lemnos_scratch(lemnos_scratch_use use, int64_t count);

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
