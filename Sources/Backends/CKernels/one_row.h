#ifndef LEMNOS_ONE_ROW_H
#define LEMNOS_ONE_ROW_H

#include "include/CKernels.h"

// Columns column0 ..< column1 of a product of one row: each is added up in the order of the depth or, of a transposed B, in 16
// lanes. z->y is the first of them.
void lemnos_multiply_row(const lemnos_product *z, int64_t column0, int64_t column1);

#endif
