// Shared by the window kernels.
#ifndef LEMNOS_WINDOWS_H
#define LEMNOS_WINDOWS_H

#include <stdint.h>

// Rows (or columns) of a window within the image: begin ≤ r < end.
static inline void within(int64_t first, int64_t count, int64_t dilation, int64_t size, int64_t *begin, int64_t *end) {
  *begin = first >= 0 ? 0 : (-first + dilation - 1) / dilation;
  *end = first >= size ? 0 : (size - 1 - first) / dilation + 1;
  if (*end > count) *end = count;
}

// A NaN counts as the maximum, so that it propagates; among equals the first wins. Branch-free, because
// random data would be mispredicted half the time.
#define TAKE_GREATER(greatest, best, value, place) \
  do { \
    int is_greater = !((value) <= (greatest)) & ((greatest) == (greatest)); \
    (greatest) = is_greater ? (value) : (greatest); \
    (best) = is_greater ? (place) : (best); \
  } while (0)

#endif
