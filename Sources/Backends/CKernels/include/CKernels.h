// Vector kernels in C: only C compiles a function for several instruction sets (function multiversioning), of
// which the loader selects the best for the CPU.
#ifndef LEMNOS_CKERNELS_H
#define LEMNOS_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

// Element types in memory. In registers, floating-point types are float32, the others int32; int64 stops at the ends of its range.
typedef enum {
  LEMNOS_FLOAT32, LEMNOS_INT32, LEMNOS_UINT8, LEMNOS_BOOL, LEMNOS_INT64, LEMNOS_FLOAT16, LEMNOS_BFLOAT16
} lemnos_dtype;

typedef enum {
  LEMNOS_LITERAL,
  LEMNOS_NEGATE, LEMNOS_ABS, LEMNOS_SQRT, LEMNOS_RELU, LEMNOS_FLOOR, LEMNOS_TO_FLOAT, LEMNOS_TO_INT, LEMNOS_TO_BYTE,
  LEMNOS_TO_BOOL, LEMNOS_ROUND_TF32, LEMNOS_ROUND_BFLOAT16, LEMNOS_ROUND_FLOAT16,
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

// Access patterns of an input: contiguous; uniform (a broadcast scalar); periodic (shape[0] elements,
// repeated); stepped (inner-repeated broadcast: strided, each element `run` times in a row); strided within
// bounds; local (contiguous from an address that the caller passes).
typedef enum {
  LEMNOS_CONTIGUOUS, LEMNOS_UNIFORM, LEMNOS_PERIODIC, LEMNOS_REPEATED, LEMNOS_STRIDED, LEMNOS_LOCAL
} lemnos_walk;

typedef struct {
  const void *base;
  lemnos_dtype dtype;
  lemnos_walk walk;
  int64_t offset;
  // A multiple of LEMNOS_LEAST_RUN.
  int64_t run;
  // Of strided and stepped access: the axes of the index space.
  int64_t rank;
  int64_t shape[LEMNOS_MAX_RANK];
  int64_t strides[LEMNOS_MAX_RANK];
  // Elements outside these coordinates are zero (padding).
  int64_t lower[LEMNOS_MAX_RANK];
  int64_t upper[LEMNOS_MAX_RANK];
} lemnos_input;

typedef struct {
  lemnos_operation operation;
  // True if the arguments are floats, not int32.
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

// A sum reduction: along rows of `reduced` elements if `inner` is 1, else along columns, `inner` of them
// adjacent. Rows at a distance of `rows` share a total; 0 if each has its own.
typedef struct {
  int32_t source;
  int64_t reduced, inner, rows;
} lemnos_reduction;

// An instruction of the interpreter for pointwise chains.
typedef struct {
  int32_t code, operands[4];
  // Set for CODE_compute, the fallback for operations without an opcode.
  lemnos_operation operation;
  int32_t is_float;
} lemnos_instruction;

// A chain of pointwise operations. Registers are numbered: inputs first, then steps; each may be stored in
// one of `slots` blocks of memory, given by `slot`.
typedef struct {
  int32_t input_count, step_count, result_count, reduction_count, slots;
  const lemnos_input *inputs;
  const lemnos_step *steps;
  const lemnos_result *results;
  const lemnos_reduction *reductions;
  const int32_t *slot;
  // Set by lemnos_pointwise_prepare: the block length; the instructions, and those for a remainder of fewer
  // elements than the accumulator; per register, whether it is a scalar, and a scalar expanded to every
  // element; per result, whether its store is deferred until everything else has been read; per reduction,
  // whether instructions accumulate it.
  int64_t block;
  lemnos_instruction *code, *rest;
  uint8_t *is_number, *is_filled, *is_late, *is_accumulated;
} lemnos_pointwise;

// An upper bound of the number of instructions.
int32_t lemnos_instruction_limit(int32_t steps, int32_t results, int32_t reductions);

// Must be called once, before the chain is run.
void lemnos_pointwise_prepare(lemnos_pointwise *kernel);

// Computes elements begin ..< end. Results may overwrite inputs that are read contiguously. Element `begin`
// of local inputs is at `local`. Sums are added to totals[reduction][row] or totals[reduction][column].
void lemnos_pointwise_run(
    const lemnos_pointwise *kernel, int64_t begin, int64_t end, const float *local, float *const *totals);

// y[o][j][i] = x[o][i][j] for o in begin ..< end.
void lemnos_transpose(const float *x, int64_t rows, int64_t columns, float *y, int64_t begin, int64_t end);

// y[o][i] = Σ_r x[o][r][i] for i in begin ..< end, in the order of r.
void lemnos_sum_columns(
    const float *x, float *y, int64_t outer, int64_t reduced, int64_t inner, int64_t begin, int64_t end);

// y[o] = Σ_r x[o][r] for o in begin ..< end, in sixteen interleaved partial sums.
void lemnos_sum_rows(const float *x, float *y, int64_t reduced, int64_t begin, int64_t end);

// The units that a kernel of so many operations is cut into, where its blocks are fewer: one for each 2²⁷, about a
// millisecond of a core, and at least 16. It follows from the kernel's size alone, as a cut may decide the order
// of additions.
static inline int64_t lemnos_least_units(int64_t flops) { return flops >> 27 > 16 ? flops >> 27 : 16; }

// Vectors of up to this many floats are read and written whole: columns are padded to a multiple of it.
enum { LEMNOS_WIDEST = 16 };

// The columns of a panel of a product; the last of a matrix has up to half as many more.
enum { LEMNOS_PACKED = 32 };

// a[m][k] · b[k][n]. The stride is between rows of a matrix, or between columns of a transposed one.
typedef struct {
  int64_t m, n, k;
  const float *a, *b;
  int64_t a_stride, b_stride;
  int32_t a_is_transposed, b_is_transposed;
  // The result at the first of the rows and columns that are computed.
  float *y;
  int64_t y_stride;
  // To prefetch during the product, because the epilogue reads it: `after_count` arrays of `after_length`
  // floats.
  const float *const *after;
  int64_t after_count, after_length;
} lemnos_product;

// Rows row0 ..< row1 and columns column0 ..< column1 of the product. Each element is bitwise the same for any
// partition.
void lemnos_multiply(const lemnos_product *z, int64_t row0, int64_t row1, int64_t column0, int64_t column1);

// The rows of whole register tiles: a partition by rows is best cut at multiples of it.
int64_t lemnos_tile_rows(void);

// N images, C channels, H×W pixels; windows of R×S; P×Q results.
typedef struct {
  int64_t c, h, w, r, s, p, q, stride_h, stride_w, top, left, dilation_h, dilation_w;
} lemnos_windows;

// Windows on NHWC images x[N][H][W][pitch]: window (p, q) starts at pixel (p · step_h + first_h, …), its taps
// are `dilation` pixels apart; padding is zero. Channels and filters are per group.
typedef struct {
  const float *x;
  int64_t images, h, w, pitch, groups, channels, filters;
  int64_t r, s, step_h, step_w, first_h, first_w, dilation_h, dilation_w;
  // True if a GEMM gathers windows, so that a tile of results can span several rows and images. Else it reads
  // them in place from a band of padded rows: their taps must be adjacent in a row.
  int32_t is_gathered;
  // Windows per image.
  int64_t p, q;
  // As packed by lemnos_pack_filters.
  const float *packed;
  // The result from element y_first on, and its strides between images, rows and pixels, in floats.
  float *y;
  int64_t y_first, y_image, y_row, y_pixel;
} lemnos_convolution;

// The work is split into units; each computes all filters' results for some windows, numbered row by row,
// image by image.
int64_t lemnos_convolution_units(const lemnos_convolution *z);
void lemnos_convolution_range(const lemnos_convolution *z, int64_t unit, int64_t *begin, int64_t *end);
void lemnos_convolve(const lemnos_convolution *z, int64_t unit);

// Filters weights[groups · filters][channels][whole_r][whole_s], of which taps first + step · 0 ..< r are
// used; or, transposed, weights[groups · channels][filters][…].
typedef struct {
  const float *weights;
  int64_t groups, channels, filters, whole_r, whole_s, r, s, first_r, first_s, step_r, step_s;
  int32_t is_transposed;
} lemnos_filters;

// The floats of packed filters; the number of panels; and packing of panels begin ..< end.
int64_t lemnos_packed_count(const lemnos_filters *f);
int64_t lemnos_panel_count(const lemnos_filters *f);
void lemnos_pack_filters(const lemnos_filters *f, float *packed, int64_t begin, int64_t end);

// For few windows and many weights: packs each panel while it is multiplied; a unit is then a panel, with its
// filters' results for all windows. Panels begin ..< end, without reading `packed`.
void lemnos_convolve_panels(const lemnos_convolution *z, const lemnos_filters *f, int64_t begin, int64_t end);

// The input gradient by col2im, given the forward pass of one group: the floats of packed filters
// weights[K][C][R][S]; and rows h0 ..< h1 of one image's gradient, the first of them at dx.
int64_t lemnos_col2im_packed_count(const lemnos_convolution *z);
void lemnos_col2im_pack(const lemnos_convolution *z, const float *weights, float *packed);
void lemnos_col2im(
    const lemnos_convolution *z, const float *dy, const float *packed, int64_t image, int64_t h0, int64_t h1, float *dx);

// Depthwise convolution: one channel and one filter per group, of at least LEMNOS_WIDEST groups. Units of work and
// their windows as above; packed filters [R][S][groups]; and of the filter gradient, sums [R][S][groups] over images
// first ..< last, and filters first ..< last of the sum of several, the first of them at dw.
int64_t lemnos_depthwise_units(const lemnos_convolution *z);
void lemnos_depthwise_range(const lemnos_convolution *z, int64_t unit, int64_t *begin, int64_t *end);
void lemnos_depthwise_pack(const lemnos_filters *f, float *packed);
void lemnos_depthwise(const lemnos_convolution *z, int64_t unit);
void lemnos_depthwise_gradient(
    const lemnos_convolution *z, const float *dy, int64_t first, int64_t last, float *total);
void lemnos_depthwise_gather(
    const lemnos_convolution *z, const float *totals, int64_t parts, int64_t first, int64_t last, float *dw);

// 3×3 convolution by Winograd's algorithm, with output tiles of m×m pixels, m = 2 or 4: of one group, without
// strides and dilation, with multiples of sixteen channels and filters. About LEMNOS_WINOGRAD_TILES tiles are
// multiplied at a time.
enum { LEMNOS_WINOGRAD_TILES = 32 };

// The number of units of work; the number of parts by filters into which a block of windows is split; a unit's
// windows; and the computation of units begin ..< end, where those of one block share its transformed pixels.
int64_t lemnos_winograd_units(const lemnos_convolution *z, int m);
int64_t lemnos_winograd_parts(const lemnos_convolution *z, int m);
void lemnos_winograd_range(const lemnos_convolution *z, int m, int64_t unit, int64_t *begin, int64_t *end);
void lemnos_winograd_convolve(const lemnos_convolution *z, int m, int64_t begin, int64_t end);

// The floats of transformed filters; and the transform of channels begin ..< end.
int64_t lemnos_winograd_count(const lemnos_filters *f, int m);
void lemnos_winograd_pack(const lemnos_filters *f, int m, float *packed, int64_t begin, int64_t end);

// The filter gradient by Winograd's algorithm. The number of tiles of all images; and the floats of `count`
// transformed tiles.
int64_t lemnos_winograd_tiles(const lemnos_convolution *z, int m);
int64_t lemnos_winograd_matrices(int m, int64_t count, int64_t channels);

// Transforms tiles first + begin ..< first + end of images and of dy to two sets of matrices of `count`
// tiles.
void lemnos_winograd_transform(
    const lemnos_convolution *z, const float *dy, int m, int64_t first, int64_t begin, int64_t end, int64_t count, float *v,
    float *w);

// The number of products, one per tile element and panel; and products begin ..< end over `count` tiles,
// stored or added to sums[place][channels][filters].
int64_t lemnos_winograd_products(const lemnos_convolution *z, int m);
void lemnos_winograd_multiply(
    const lemnos_convolution *z, int m, const float *v, const float *w, int64_t count, int64_t begin, int64_t end, float *sums,
    int adds);

// The gradient of filters first ..< last, a multiple of sixteen, from these sums: element (c, r, s) of filter
// k at dw[(k - first) · by_filter + …].
void lemnos_winograd_gather(
    const lemnos_convolution *z, int m, const float *sums, int64_t first, int64_t last, float *dw, int64_t by_filter);

// The number of channels per block of a filter gradient.
int64_t lemnos_gradient_channels(const lemnos_convolution *z);

// Filters k0 ..< k1 of a group, with channels c0 ..< c1.
typedef struct {
  int64_t group, c0, c1, k0, k1;
} lemnos_gradient_block;

// total[r][s][c1 - c0][k1 - k0] = Σ over the windows of images first ..< last of a window's elements times
// dy[window][groups · filters].
void lemnos_convolve_gradient(
    const lemnos_convolution *z, const float *dy, lemnos_gradient_block block, int64_t first, int64_t last, float *total);

// Adds such partial sums, in order, into filters first ..< last of the block: element (c - c0, r, s) of
// filter k0 + k at dw[(k - first) · by_filter + …].
void lemnos_gather_gradient(
    const lemnos_convolution *z, const float *const *parts, int64_t part_count, lemnos_gradient_block block, int64_t first,
    int64_t last, float *dw, int64_t by_filter);

// Max pooling of planes begin ..< end of x[planes][H][W]: the argmax index of each window, r · S + s; the
// elements there; and the gradient. Windows are not dilated, have at most 256 elements, and overlap the
// image.
void lemnos_max_pool_places(const lemnos_windows *z, const float *x, uint8_t *places, int64_t begin, int64_t end);
void lemnos_max_pool_pick(
    const lemnos_windows *z, const float *x, const uint8_t *places, float *y, int64_t begin, int64_t end);
void lemnos_max_pool_gradient(
    const lemnos_windows *z, const float *dy, const uint8_t *places, float *dx, int64_t begin, int64_t end);

// The same for NHWC images, x[N][H][W][C]: argmax indices and maxima of results begin ..< end, not counting
// channels, of which one may be NULL; maxima at known indices; the gradient of images begin ..< end.
void lemnos_max_pool_last(
    const lemnos_windows *z, const float *x, uint8_t *places, float *y, int64_t begin, int64_t end);
void lemnos_max_pool_pick_last(
    const lemnos_windows *z, const float *x, const uint8_t *places, float *y, int64_t begin, int64_t end);
void lemnos_max_pool_gradient_last(
    const lemnos_windows *z, const float *dy, const uint8_t *places, float *dx, int64_t first, int64_t last);

// Numbers 4 · begin up to 4 · end, and below count, of Philox4x32-10 as multiples of 2⁻²⁴ from [0, 1).
void lemnos_uniform(
    const uint32_t *key, uint32_t counter, uint32_t stream, int64_t begin, int64_t end, int64_t count, float *y);

// Softmax cross-entropy of rows begin ..< end, and its gradient. A label that is no class gives NaN.
void lemnos_softmax_loss(
    const float *scores, const int32_t *labels, int64_t classes, int64_t begin, int64_t end, float *losses);
void lemnos_softmax_loss_gradient(
    const float *scores, const int32_t *labels, int64_t classes, int64_t begin, int64_t end, float *gradient);

// N sequences, H heads of T queries, G groups of S keys and values, D channels; H / G heads in a row share a group.
typedef struct {
  int64_t n, h, g, t, s, d;
  // Inputs: rows of D floats, and their distances between sequences, heads or groups, and places. dy is the gradient of the weighted
  // sums; NULL if that is not what is given.
  const float *q, *k, *v, *dy;
  int64_t q_image, q_head, q_row, k_image, k_head, k_row, v_image, v_head, v_row, dy_image, dy_head, dy_row;
  // Added to the scores [T][S] of each head; NULL for none. An element up to `leaves_out` leaves a key out. `mask_column` is 0 or 1.
  const float *mask;
  int64_t mask_image, mask_head, mask_row, mask_column;
  float leaves_out;
  // A query has the keys of its own document, [N][T] and [N][S]; NULL for none.
  const int32_t *query_documents, *key_documents;
  // Dropout: the key [2], the counter and the stream of random numbers; NULL if no weight is dropped. Those are dropped whose upper 24
  // bits are below `dropped_below`, and the others are `kept` times as large. Of N · H · T rows of ⌈S / 4⌉ blocks of Philox.
  const uint32_t *random_key, *random_counter;
  uint32_t random_stream;
  int32_t dropped_below;
  float kept;
  float scale;
  // True if query t has the keys up to t + S - T only.
  int32_t is_causal;
  // Results: weighted sums [N][T][H][D] and the logarithms of the sums of exponentials, [N][T][H]; or gradients of queries
  // [N][T][H][D], and of keys and values [N][S][G][D], whose places [T] or [S] are these distances apart.
  float *y, *normalizers_out, *dq, *dk, *dv;
  int64_t dq_row, dk_row;
  // For gradients: those logarithms, and the products of sums and their gradient, both [N][T][H].
  const float *normalizers, *products;
  // Into how many splits the keys of a group are cut for gradients, and what each adds to that of queries, [splits][N][T][H][D]; NULL
  // if there is one split, which adds to dq.
  int64_t splits;
  float *partial_dq;
} lemnos_attention;

// Queries of a unit of work, or keys that are multiplied at a time.
enum { LEMNOS_ATTENTION_LANES = 64 };

// Units begin ..< end of weighted sums: each is LEMNOS_ATTENTION_LANES queries of a head, of N · H · ⌈T / lanes⌉.
void lemnos_attend(const lemnos_attention *z, int64_t begin, int64_t end);

// Units begin ..< end of gradients: each is a split of the keys of a group, with the queries of all its heads, of N · G · splits.
void lemnos_attention_gradient(const lemnos_attention *z, int64_t begin, int64_t end);

// The gradients of queries at places begin ..< end of N · T, added up over splits in their order.
void lemnos_attention_gather(const lemnos_attention *z, int64_t begin, int64_t end);

// Thread-local scratch memory of at least `count` floats; the next call for the same use may reuse it.
typedef enum { LEMNOS_SCRATCH_OPERANDS, LEMNOS_SCRATCH_RESULTS, LEMNOS_SCRATCH_TOTALS } lemnos_scratch_use;
float *lemnos_scratch(lemnos_scratch_use use, int64_t count);

// The numbers of the logical processors that the process may run on, at most `most`; returns how many.
int lemnos_allowed_processors(int32_t *numbers, int most);

// Spin-wait hint.
static inline void lemnos_relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#endif
