#version 450
#extension GL_EXT_control_flow_attributes : require
//! variant matmulDirect REAL=float ROWS=8u COLUMNS=4u
//! variant matmulDirectLarge REAL=float ROWS=16u COLUMNS=8u
//! variant matmulDirectFloat64 REAL=double ROWS=8u COLUMNS=4u

// a[m, k] · b[k, n] → y[m, n], for devices that are processors, where shared memory is a detour, and for float64 on all: a
// workgroup of 8 invocations, one vector register's worth, makes 8 rows of 32 columns in registers. Large matrices have 16
// rows of 64: a load costs as much as two products there, and each element loaded is used twice as often.
layout(local_size_x = 8) in;
layout(constant_id = 0) const bool aIsTransposed = false;
layout(constant_id = 1) const bool bIsTransposed = false;
layout(std430, binding = 0) readonly buffer A { REAL a[]; };
layout(std430, binding = 1) readonly buffer B { REAL b[]; };
layout(std430, binding = 2) writeonly buffer Y { REAL y[]; };
layout(push_constant) uniform Sizes { uint m, n, k, aOffset, aStride, bOffset, bStride; };

void main() {
  // Bands of rows that do not fit along y continue along z.
  uint firstRow = (gl_WorkGroupID.y + gl_WorkGroupID.z * gl_NumWorkGroups.y) * ROWS;
  uint firstColumn = gl_WorkGroupID.x * 8u * COLUMNS + gl_LocalInvocationID.x;
  uint aDown = aIsTransposed ? 1u : aStride, aAcross = aIsTransposed ? aStride : 1u;
  uint bDown = bIsTransposed ? 1u : bStride, bAcross = bIsTransposed ? bStride : 1u;
  // Beyond the edge the last row or column is computed again and not stored, which spares the loop any test.
  uint aAt[ROWS], bAt[COLUMNS];
  [[unroll]] for (uint i = 0u; i < ROWS; i++) aAt[i] = aOffset + min(firstRow + i, m - 1u) * aDown;
  [[unroll]] for (uint j = 0u; j < COLUMNS; j++) bAt[j] = bOffset + min(firstColumn + 8u * j, n - 1u) * bAcross;
  REAL total[ROWS][COLUMNS];
  [[unroll]] for (uint i = 0u; i < ROWS; i++) [[unroll]] for (uint j = 0u; j < COLUMNS; j++) total[i][j] = 0.0;
  for (uint l = 0u; l < k; l++) {
    REAL right[COLUMNS];
    [[unroll]] for (uint j = 0u; j < COLUMNS; j++) right[j] = b[bAt[j] + l * bDown];
    [[unroll]] for (uint i = 0u; i < ROWS; i++) {
      REAL left = a[aAt[i] + l * aAcross];
      [[unroll]] for (uint j = 0u; j < COLUMNS; j++) total[i][j] = fma(left, right[j], total[i][j]);
    }
  }
  [[unroll]] for (uint i = 0u; i < ROWS; i++) {
    [[unroll]] for (uint j = 0u; j < COLUMNS; j++) {
      uint row = firstRow + i, column = firstColumn + 8u * j;
      if (row < m && column < n) y[row * n + column] = total[i][j];
    }
  }
}
