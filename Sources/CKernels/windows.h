// What kernels over windows have in common.
#ifndef LEMNOS_WINDOWS_H
#define LEMNOS_WINDOWS_H

#include <stdint.h>

// Rows (or columns) of a window that lie within the image: begin ≤ r < end.
static inline void within(int64_t first, int64_t count, int64_t dilation, int64_t size, int64_t *begin, int64_t *end) {
  *begin = first >= 0 ? 0 : (-first + dilation - 1) / dilation;
  *end = first >= size ? 0 : (size - 1 - first) / dilation + 1;
  if (*end > count) *end = count;
}

// A NaN counts as greatest, so that it comes through; of several the first stays. Selected without a branch, which random
// numbers would mispredict half the time.
#define TAKE_GREATER(greatest, best, value, place) \
  do { \
    int is_greater = !((value) <= (greatest)) & ((greatest) == (greatest)); \
    (greatest) = is_greater ? (value) : (greatest); \
    (best) = is_greater ? (place) : (best); \
  } while (0)

#endif
