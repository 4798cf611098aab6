// a[m, k] · b[k, n] → y[m, n], for graphics cards, through `tiles.glsl`; or of the products only those of a part
// of the depth, from `firstDepth` on.
//
// A_AT(i) and B_AT(i) are the operands' elements, STORE(i, value) takes the result's.
void MATMUL(uint band, uint tile, uint firstDepth, uint endDepth) {
  uint lane = gl_LocalInvocationID.x;
  uint across = lane % 16u, down = lane / 16u;
  uint firstRow = band * TILE, firstColumn = tile * TILE;
  float total[4][4];
  [[unroll]] for (int i = 0; i < 4; i++) [[unroll]] for (int j = 0; j < 4; j++) total[i][j] = 0.0;
  for (uint depth = firstDepth; depth < endDepth; depth += DEPTH) {
    // Neighbouring invocations load neighbours in memory, whichever way the matrix lies.
    for (uint e = lane; e < TILE * DEPTH; e += 256u) {
      uint l = aIsTransposed ? e / TILE : e % DEPTH, i = aIsTransposed ? e % TILE : e / DEPTH;
      uint row = firstRow + i, column = depth + l;
      // Beyond the edge the address is moved inside, and the value is zero.
      uint at = aOffset + (aIsTransposed ? column * aStride + row : row * aStride + column);
      bool inside = row < m && column < endDepth;
      float value = A_AT(inside ? at : aOffset);
      leftTile[l][i] = inside ? value : 0.0;
    }
    for (uint e = lane; e < TILE * DEPTH; e += 256u) {
      uint l = bIsTransposed ? e % DEPTH : e / TILE, j = bIsTransposed ? e / DEPTH : e % TILE;
      uint row = depth + l, column = firstColumn + j;
      uint at = bOffset + (bIsTransposed ? column * bStride + row : row * bStride + column);
      bool inside = row < endDepth && column < n;
      float value = B_AT(inside ? at : bOffset);
      rightTile[l][j] = inside ? value : 0.0;
    }
    barrier();
    [[unroll]] for (uint l = 0u; l < DEPTH; l++) {
      float left[4], right[4];
      [[unroll]] for (uint i = 0u; i < 4u; i++) left[i] = leftTile[l][down * 4u + i];
      [[unroll]] for (uint j = 0u; j < 4u; j++) right[j] = rightTile[l][across + 16u * j];
      [[unroll]] for (uint i = 0u; i < 4u; i++)
        [[unroll]] for (uint j = 0u; j < 4u; j++) total[i][j] = fma(left[i], right[j], total[i][j]);
    }
    barrier();
  }
  [[unroll]] for (uint i = 0u; i < 4u; i++) {
    [[unroll]] for (uint j = 0u; j < 4u; j++) {
      uint row = firstRow + down * 4u + i, column = firstColumn + across + 16u * j;
      if (row < m && column < n) STORE(row * n + column, total[i][j]);
    }
  }
}
