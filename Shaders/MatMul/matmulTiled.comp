#version 450
#extension GL_EXT_control_flow_attributes : require

// a[m, k] · b[k, n] → y[m, n], for graphics cards. A workgroup of 16×16 makes a tile of 64×64, 4×4 elements an
// invocation: each value brought to shared memory is used 64 times.
layout(local_size_x = 256) in;
layout(constant_id = 0) const bool aIsTransposed = false;
layout(constant_id = 1) const bool bIsTransposed = false;
layout(std430, binding = 0) readonly buffer A { float a[]; };
layout(std430, binding = 1) readonly buffer B { float b[]; };
layout(std430, binding = 2) writeonly buffer Y { float y[]; };
layout(push_constant) uniform Sizes { uint m, n, k, aOffset, aStride, bOffset, bStride; };

const uint TILE = 64u, DEPTH = 16u;
// A column more than the tile, so that neighbours lie in different banks when a tile is stored transposed.
shared float aTile[DEPTH][TILE + 1u];
shared float bTile[DEPTH][TILE + 1u];

float aAt(uint row, uint column) {
  if (row >= m || column >= k) return 0.0;
  return a[aOffset + (aIsTransposed ? column * aStride + row : row * aStride + column)];
}

float bAt(uint row, uint column) {
  if (row >= k || column >= n) return 0.0;
  return b[bOffset + (bIsTransposed ? column * bStride + row : row * bStride + column)];
}

void main() {
  uint lane = gl_LocalInvocationID.x;
  uint across = lane % 16u, down = lane / 16u;
  // Bands of rows that do not fit along y continue along z.
  uint firstRow = (gl_WorkGroupID.y + gl_WorkGroupID.z * gl_NumWorkGroups.y) * TILE;
  uint firstColumn = gl_WorkGroupID.x * TILE;
  float total[4][4];
  [[unroll]] for (int i = 0; i < 4; i++) [[unroll]] for (int j = 0; j < 4; j++) total[i][j] = 0.0;
  for (uint depth = 0u; depth < k; depth += DEPTH) {
    // Neighbouring invocations load neighbours in memory, whichever way the matrix lies.
    for (uint e = lane; e < TILE * DEPTH; e += 256u) {
      uint l = aIsTransposed ? e / TILE : e % DEPTH, i = aIsTransposed ? e % TILE : e / DEPTH;
      aTile[l][i] = aAt(firstRow + i, depth + l);
    }
    for (uint e = lane; e < TILE * DEPTH; e += 256u) {
      uint l = bIsTransposed ? e % DEPTH : e / TILE, j = bIsTransposed ? e / DEPTH : e % TILE;
      bTile[l][j] = bAt(depth + l, firstColumn + j);
    }
    barrier();
    [[unroll]] for (uint l = 0u; l < DEPTH; l++) {
      float left[4], right[4];
      [[unroll]] for (uint i = 0u; i < 4u; i++) left[i] = aTile[l][down * 4u + i];
      [[unroll]] for (uint j = 0u; j < 4u; j++) right[j] = bTile[l][across + 16u * j];
      [[unroll]] for (uint i = 0u; i < 4u; i++)
        [[unroll]] for (uint j = 0u; j < 4u; j++) total[i][j] = fma(left[i], right[j], total[i][j]);
    }
    barrier();
  }
  [[unroll]] for (uint i = 0u; i < 4u; i++) {
    [[unroll]] for (uint j = 0u; j < 4u; j++) {
      uint row = firstRow + down * 4u + i, column = firstColumn + across + 16u * j;
      if (row < m && column < n) y[row * n + column] = total[i][j];
    }
  }
}
