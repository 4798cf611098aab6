#version 450
#extension GL_GOOGLE_include_directive : require
#include "../include/index.glsl"
//! variant scatterAdd REAL=float
//! variant scatterAddFloat64 REAL=double

// One element of the table each, adding its group's values in their order: no atomics, so the same bits every time. Or, of each part
// of `partLength` of a group's values, a table of its own.
layout(local_size_x_id = 0) in;
layout(std430, binding = 0) readonly buffer Values { REAL values[]; };
layout(std430, binding = 1) readonly buffer Numbers { int numbers[]; };
layout(std430, binding = 2) writeonly buffer Y { REAL y[]; };
layout(push_constant) uniform Sizes { uint rows, rowLength, groupRows, groupCount, partLength, parts; };

void main() {
  uint i = globalIndex();
  uint results = rows * rowLength;
  if (i >= results * parts) return;
  int row = int(i % results / rowLength);
  uint group = uint(row) / groupRows, first = group * groupRows;
  uint part = i / results * partLength;
  uint begin = group * groupCount + part, end = group * groupCount + min(part + partLength, groupCount);
  REAL total = 0.0;
  for (uint j = begin; j < end; j++) {
    if (clamp(numbers[j], int(first), int(first + groupRows) - 1) == row) total += values[j * rowLength + i % rowLength];
  }
  y[i] = total;
}
