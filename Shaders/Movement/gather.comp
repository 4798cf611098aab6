#version 450
#extension GL_GOOGLE_include_directive : require
#include "../include/index.glsl"
#include "../include/bytes.glsl"
#include "../include/halves.glsl"
//! variant gatherWords ELEMENT=uint
//! variant gatherPairs ELEMENT=uvec2
//! variant gatherBytes ELEMENT=uint BYTES=1
//! variant gatherHalves ELEMENT=uint HALVES=1

// One element of the result per invocation, a word or the two words of a float64 or int64; or four bytes, or two
// elements of two bytes. Row indices outside the table are clamped.
layout(local_size_x_id = 0) in;
layout(std430, binding = 0) readonly buffer Table { ELEMENT table[]; };
layout(std430, binding = 1) readonly buffer Numbers { int numbers[]; };
layout(std430, binding = 2) buffer Y { ELEMENT y[]; };
layout(push_constant) uniform Sizes { uint rows, rowLength, count; };

// The table index of an element of the result.
uint source(uint i) {
  return uint(clamp(numbers[i / rowLength], 0, int(rows) - 1)) * rowLength + i % rowLength;
}

void main() {
#ifdef BYTES
  uint first = 4u * globalIndex(), end = count * rowLength;
  if (first >= end) return;
  uint word = 0u;
  for (uint i = 0u; i < 4u && first + i < end; i++) {
    uint at = source(first + i);
    word |= BYTE(table, at) << (8u * i);
  }
  STORE_BYTES(y, first, end, word);
#elif defined(HALVES)
  uint first = 2u * globalIndex(), end = count * rowLength;
  if (first >= end) return;
  uint word = HALF(table, source(first));
  if (first + 1u < end) word |= HALF(table, source(first + 1u)) << 16;
  STORE_HALVES(y, first, end, word);
#else
  uint i = globalIndex();
  if (i < count * rowLength) y[i] = table[source(i)];
#endif
}
