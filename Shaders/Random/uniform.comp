#version 450
#extension GL_GOOGLE_include_directive : require
#include "../include/index.glsl"
#include "../include/philox.glsl"

// Four numbers from one block of Philox: multiples of 2⁻²⁴ in [0, 1).
layout(local_size_x_id = 0) in;
layout(std430, binding = 0) readonly buffer Key { uvec2 key; };
layout(std430, binding = 1) readonly buffer Counter { uint counter; };
layout(std430, binding = 2) writeonly buffer Y { float y[]; };
layout(push_constant) uniform Sizes { uint count, stream; };

void main() {
  uint block = globalIndex();
  uvec4 words = philox(block, counter, stream, key);
  for (uint lane = 0u; lane < 4u; lane++) {
    if (4u * block + lane < count) y[4u * block + lane] = float(words[lane] >> 8) * (1.0 / 16777216.0);
  }
}
