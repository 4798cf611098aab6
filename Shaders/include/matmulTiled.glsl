// a[m, k] · b[k, n] → y[m, n], for GPUs, based on `productTiled.glsl`; or the products of a split-K part,
// from `firstDepth` on.
//
// A_AT(i) and B_AT(i) read the operands, STORE(i, value) writes the result; LEFT, RIGHT and PRODUCT are
// names.
//
// Beyond the edge the address is clamped, and the value is zero.
float LEFT(uint row, uint l, bool inside) {
  float value = A_AT(inside ? aOffset + (aIsTransposed ? l * aStride + row : row * aStride + l) : aOffset);
  return inside ? value : 0.0;
}

float RIGHT(uint l, uint column, bool inside) {
  float value = B_AT(inside ? bOffset + (bIsTransposed ? column * bStride + l : l * bStride + column) : bOffset);
  return inside ? value : 0.0;
}

#define RUNS_DOWN aIsTransposed
#define RUNS_ALONG bIsTransposed
#define PLACES 0
#define RESULT(row, column, value) STORE((row) * n + (column), value)
#include "productTiled.glsl"
#undef RUNS_DOWN
#undef RUNS_ALONG
#undef PLACES
#undef RESULT

void MATMUL(uint band, uint tile, uint firstDepth, uint endDepth) {
  PRODUCT(band * TILE_ROWS, tile * TILE_COLUMNS, m, n, firstDepth, endDepth);
}
