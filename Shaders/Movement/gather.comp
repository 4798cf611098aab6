#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_shader_8bit_storage : require
#include "../include/index.glsl"
//! variant gatherWords ELEMENT=uint
//! variant gatherPairs ELEMENT=uvec2
//! variant gatherBytes ELEMENT=uint8_t

// One element of the result each: of a byte, a word, or the two words of a float64. Row numbers outside the table count as
// its first or last row.
layout(local_size_x_id = 0) in;
layout(std430, binding = 0) readonly buffer Table { ELEMENT table[]; };
layout(std430, binding = 1) readonly buffer Numbers { int numbers[]; };
layout(std430, binding = 2) writeonly buffer Y { ELEMENT y[]; };
layout(push_constant) uniform Sizes { uint rows, rowLength, count; };

void main() {
  uint i = globalIndex();
  if (i >= count * rowLength) return;
  int row = clamp(numbers[i / rowLength], 0, int(rows) - 1);
  y[i] = table[uint(row) * rowLength + i % rowLength];
}
