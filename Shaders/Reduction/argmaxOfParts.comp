#version 450
#extension GL_GOOGLE_include_directive : require
#include "../include/index.glsl"
//! variant argmaxOfPartsFloat ELEMENT=float
//! variant argmaxOfPartsFloat64 ELEMENT=double
//! variant argmaxOfPartsInt ELEMENT=int

// x[outer, reduced, inner] and the argmax of each of its parts, candidates[parts, outer, inner], → the
// overall argmax y[outer, inner]. One invocation per result.
layout(local_size_x_id = 0) in;
layout(std430, binding = 0) readonly buffer X { ELEMENT x[]; };
layout(std430, binding = 1) readonly buffer Candidates { int candidates[]; };
layout(std430, binding = 2) writeonly buffer Y { int y[]; };
layout(push_constant) uniform Sizes { uint outer, reduced, inner, parts; };

void main() {
  uint i = globalIndex(), results = outer * inner;
  if (i >= results) return;
  uint first = i / inner * reduced * inner + i % inner;
  int where = candidates[i];
  ELEMENT best = x[first + uint(where) * inner];
  for (uint part = 1u; part < parts; part++) {
    int candidate = candidates[part * results + i];
    ELEMENT next = x[first + uint(candidate) * inner];
    // As in reduction.comp: a NaN counts as the maximum, and among equals the first wins.
    if (!(next <= best) && best == best) {
      best = next;
      where = candidate;
    }
  }
  y[i] = where;
}
