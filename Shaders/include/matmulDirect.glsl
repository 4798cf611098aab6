// a[m, k] · b[k, n] → y[m, n], for CPU drivers, where shared memory does not help, and for float64 on all
// devices: 8 invocations, one vector register, compute ROWS rows of 8·COLUMNS columns in registers (register
// blocking).
//
// A_AT(i) and B_AT(i) read the operands, STORE(i, value) writes the result.
//
// Computes the products of a part of the depth, `firstDepth` ..< `endDepth`.
void MATMUL(uint band, uint tile, uint firstDepth, uint endDepth) {
  uint firstRow = band * ROWS, firstColumn = tile * 8u * COLUMNS + gl_LocalInvocationID.x;
  uint aDown = aIsTransposed ? 1u : aStride, aAcross = aIsTransposed ? aStride : 1u;
  uint bDown = bIsTransposed ? 1u : bStride, bAcross = bIsTransposed ? bStride : 1u;
  // Beyond the edge the last row or column is recomputed and not stored, which avoids tests in the loop.
  uint aAt[ROW_LOADS], bAt[COLUMNS];
  [[unroll]] for (uint t = 0u; t < ROW_LOADS; t++) aAt[t] = aOffset + min(firstRow + LOADED_ROW(t), m - 1u) * aDown;
  [[unroll]] for (uint j = 0u; j < COLUMNS; j++) bAt[j] = bOffset + min(firstColumn + 8u * j, n - 1u) * bAcross;
  REAL total[ROWS][COLUMNS];
  [[unroll]] for (uint i = 0u; i < ROWS; i++) [[unroll]] for (uint j = 0u; j < COLUMNS; j++) total[i][j] = 0.0;
  for (uint l = firstDepth; l < endDepth; l++) {
    REAL loads[ROW_LOADS], right[COLUMNS];
    [[unroll]] for (uint j = 0u; j < COLUMNS; j++) right[j] = B_AT(bAt[j] + l * bDown);
    [[unroll]] for (uint t = 0u; t < ROW_LOADS; t++) loads[t] = A_AT(aAt[t] + l * aAcross);
    [[unroll]] for (uint i = 0u; i < ROWS; i++) {
      REAL left = OF_ROW(loads, i);
      [[unroll]] for (uint j = 0u; j < COLUMNS; j++) total[i][j] = fma(left, right[j], total[i][j]);
    }
  }
  [[unroll]] for (uint i = 0u; i < ROWS; i++) {
    [[unroll]] for (uint j = 0u; j < COLUMNS; j++) {
      uint row = firstRow + i, column = firstColumn + 8u * j;
      if (row < m && column < n) STORE(row * n + column, total[i][j]);
    }
  }
}
