#version 450
#extension GL_GOOGLE_include_directive : require
#include "../include/index.glsl"
//! variant sumTreeFloat ELEMENT=float
//! variant sumTreeFloat64 ELEMENT=double
//! variant sumTreeInt ELEMENT=int

// x[outer, reduced, inner] → y[outer, inner]: one workgroup per result. Each invocation adds every 64th
// element, and a tree in shared memory adds the partial sums in a fixed order. Or in parts of `partLength`
// elements, → y[parts, outer, inner].
layout(local_size_x = 64) in;
layout(std430, binding = 0) readonly buffer X { ELEMENT x[]; };
layout(std430, binding = 1) writeonly buffer Y { ELEMENT y[]; };
layout(push_constant) uniform Sizes { uint outer, reduced, inner, partLength, parts; };
shared ELEMENT partial[64];

void main() {
  uint i = groupIndex(), lane = gl_LocalInvocationID.x;
  // Uniform over the workgroup, so that all invocations reach the barriers.
  uint results = outer * inner;
  if (i >= results * parts) return;
  uint place = i % results, begin = i / results * partLength, end = min(begin + partLength, reduced);
  uint first = place / inner * reduced * inner + place % inner;
  ELEMENT total = ELEMENT(0);
  for (uint r = begin + lane; r < end; r += 64u) total += x[first + r * inner];
  partial[lane] = total;
  barrier();
  for (uint width = 32u; width > 0u; width >>= 1) {
    if (lane < width) partial[lane] += partial[lane + width];
    barrier();
  }
  if (lane == 0u) y[i] = partial[0];
}
