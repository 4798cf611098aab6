// Shared by the convolution kernels.
#ifndef LEMNOS_CONVOLUTIONS_H
#define LEMNOS_CONVOLUTIONS_H

#include "include/CKernels.h"
#include "products.h"

// A group's packed filters from k0 on; panels are stored in order.
static inline const float *lemnos_packed_panel(const lemnos_convolution *z, int64_t group, int64_t k0) {
  return z->packed + (group * lemnos_wide(z->filters) + k0) * z->r * z->s * z->channels;
}

// Packs filters k0 ..< k1, one panel, of channels c0 ..< c1: element (c, tap) of all filters at to[tap][c -
// c0].
void lemnos_pack_panel(
    const lemnos_filters *f, int64_t group, int64_t k0, int64_t k1, int64_t c0, int64_t c1, float *to);

// Columns k0 ..< k1 of dy[count][groups · filters]: in place, or packed where they cannot be read in whole
// vectors.
const float *lemnos_gradient_panel(
    const lemnos_convolution *z, const float *dy, int64_t group, int64_t k0, int64_t k1, int64_t count, float *packed,
    int64_t *step);

#endif
