// For graphics cards: a workgroup makes a tile of 64×64 results, 4×4 an invocation, as matmulTiled does.
// Of the products only those of a part of the depth, from `firstDepth` on.
void convolve(uint group, uint rowOfTiles, uint columnOfTiles, uint firstDepth, uint endDepth) {
  uint lane = gl_LocalInvocationID.x;
  uint across = lane % 16u, down = lane / 16u;
  uint firstRow = rowOfTiles * TILE, firstColumn = columnOfTiles * TILE;
  uint m = rowCount(), n = columnCount();
  float total[4][4];
  [[unroll]] for (int i = 0; i < 4; i++) [[unroll]] for (int j = 0; j < 4; j++) total[i][j] = 0.0;
  for (uint start = firstDepth; start < endDepth; start += DEPTH) {
    for (uint e = lane; e < TILE * DEPTH; e += 256u) {
      uint l = e % DEPTH, i = e / DEPTH;
      leftTile[l][i] = firstRow + i < m && start + l < endDepth ? leftAt(group, firstRow + i, start + l) : 0.0;
    }
    for (uint e = lane; e < TILE * DEPTH; e += 256u) {
      uint l = e / TILE, j = e % TILE;
      rightTile[l][j] = firstColumn + j < n && start + l < endDepth ? rightAt(group, start + l, firstColumn + j) : 0.0;
    }
    barrier();
    [[unroll]] for (uint l = 0u; l < DEPTH; l++) {
      REAL left[4], right[4];
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
      if (row < m && column < n) store(group, row, column, total[i][j]);
    }
  }
}
