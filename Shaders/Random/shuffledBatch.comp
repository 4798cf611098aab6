#version 450
#extension GL_GOOGLE_include_directive : require
#include "../include/index.glsl"
#include "../include/shuffle.glsl"

// The row indices of a batch.
layout(local_size_x_id = 0) in;
layout(std430, binding = 0) readonly buffer Key { uvec2 key; };
layout(std430, binding = 1) readonly buffer Counter { uint counter; };
layout(std430, binding = 2) writeonly buffer Y { int y[]; };
layout(push_constant) uniform Sizes { uint batch, count, halfBits; };

void main() {
  uint i = globalIndex();
  if (i < batch) y[i] = int(shuffledRow(i, counter, batch, count, halfBits, key));
}
