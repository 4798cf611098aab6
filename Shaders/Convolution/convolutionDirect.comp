#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
//! variant conv2DDirect PASS=0 REAL=float
//! variant conv2DInputGradientDirect PASS=1 REAL=float
//! variant conv2DWeightGradientDirect PASS=2 REAL=float
//! variant conv2DDirectFloat64 PASS=0 REAL=double
//! variant conv2DInputGradientDirectFloat64 PASS=1 REAL=double
//! variant conv2DWeightGradientDirectFloat64 PASS=2 REAL=double

// For devices that are processors, and for float64 on all: a workgroup of 8 invocations makes 8 rows of 8 columns in
// registers, without shared memory. Each element of the right matrix, whose address costs most, is used 8 times.
layout(local_size_x = 8) in;
#include "../include/convolution.glsl"

const uint ROWS = 8u;

void main() {
  uint group = groupOfChannels();
  uint firstRow = gl_WorkGroupID.y * ROWS, column = columnOfTiles() * 8u + gl_LocalInvocationID.x;
  uint m = rowCount(), n = columnCount(), k = depth();
  if (column >= n) return;
  REAL total[ROWS];
  [[unroll]] for (uint i = 0u; i < ROWS; i++) total[i] = 0.0;
  for (uint l = 0u; l < k; l++) {
    REAL right = rightAt(group, l, column);
    // Beyond the edge the last row is computed again and not stored.
    [[unroll]] for (uint i = 0u; i < ROWS; i++) total[i] = fma(leftAt(group, min(firstRow + i, m - 1u), l), right, total[i]);
  }
  [[unroll]] for (uint i = 0u; i < ROWS; i++) {
    if (firstRow + i < m) store(group, firstRow + i, column, total[i]);
  }
}
