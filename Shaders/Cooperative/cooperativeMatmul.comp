#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
//! variant cooperativeMatmulFloat16 BFLOAT=0 PLANES=1
//! variant cooperativeMatmulBFloat16 BFLOAT=1 PLANES=1
//! variant cooperativeMatmulTF32 BFLOAT=1 PLANES=2

// a[m, k] · b[k, n] → y[m, n], or the split-K partial sums, to y[parts, m, n].
#include "../include/cooperativeTiles.glsl"
layout(constant_id = 7) const bool aIsTransposed = false;
layout(constant_id = 8) const bool bIsTransposed = false;
layout(std430, binding = 0) readonly buffer A { float a[]; };
layout(std430, binding = 1) readonly buffer B { float b[]; };
layout(std430, binding = 2) writeonly buffer Y { float y[]; };
layout(push_constant) uniform Sizes { uint m, n, k, aOffset, aStride, bOffset, bStride, depthStep, parts; };
#define LEFT_AT(i) a[i]
#define RIGHT_AT(i) b[i]
#define STORE(i, value) y[i] = value

uint groupCount() { return 1u; }
uint rowCount() { return m; }
uint columnCount() { return n; }
uint depth() { return k; }

// The memory order of the operands: contiguous along the depth or not.
bool leftRunsAlongDepth() { return !aIsTransposed; }
bool rightRunsAlongDepth() { return bIsTransposed; }

uint leftRow(uint group, uint row) { return aOffset + row * (aIsTransposed ? 1u : aStride); }
uint leftDepth(uint at) { return at * (aIsTransposed ? aStride : 1u); }
ivec3 rightColumn(uint group, uint column) {
  return ivec3(bOffset + column * (bIsTransposed ? bStride : 1u), 0, 0);
}
ivec3 rightDepth(uint at) { return ivec3(at * (bIsTransposed ? 1u : bStride), 0, 0); }
int rightAddress(ivec3 place) { return place.x; }

uint storeColumn(uint group, uint column) { return column; }
uint storeRowStep() { return n; }

#include "../include/cooperativeProduct.glsl"

void main() { product(); }
