#version 450
#extension GL_GOOGLE_include_directive : require
#include "../include/index.glsl"
//! variant sumFloat ELEMENT=float RESULT=float KIND=0
//! variant sumFloat64 ELEMENT=double RESULT=double KIND=0
//! variant sumInt ELEMENT=int RESULT=int KIND=0
//! variant maxFloat ELEMENT=float RESULT=float KIND=1
//! variant maxFloat64 ELEMENT=double RESULT=double KIND=1
//! variant maxInt ELEMENT=int RESULT=int KIND=1
//! variant argmaxFloat ELEMENT=float RESULT=int KIND=2
//! variant argmaxFloat64 ELEMENT=double RESULT=int KIND=2
//! variant argmaxInt ELEMENT=int RESULT=int KIND=2

// x[outer, reduced, inner] → y[outer, inner]: one invocation per result, in the order of the elements. Or in
// parts of `partLength` elements, → y[parts, outer, inner].
layout(local_size_x_id = 0) in;
layout(std430, binding = 0) readonly buffer X { ELEMENT x[]; };
layout(std430, binding = 1) writeonly buffer Y { RESULT y[]; };
layout(push_constant) uniform Sizes { uint outer, reduced, inner, partLength, parts; };

void main() {
  uint i = globalIndex();
  uint results = outer * inner;
  if (i >= results * parts) return;
  uint place = i % results, begin = i / results * partLength, end = min(begin + partLength, reduced);
  uint first = place / inner * reduced * inner + place % inner;
#if KIND == 0
  ELEMENT total = ELEMENT(0);
  for (uint r = begin; r < end; r++) total += x[first + r * inner];
  y[i] = total;
#else
  ELEMENT best = x[first + begin * inner];
  int where = int(begin);
  for (uint r = begin + 1u; r < end; r++) {
    ELEMENT next = x[first + r * inner];
    // Not less or equal: a NaN counts as the maximum, so that it propagates, and among equals the first wins.
    if (!(next <= best) && best == best) {
      best = next;
      where = int(r);
    }
  }
#if KIND == 1
  y[i] = best;
#else
  y[i] = where;
#endif
#endif
}
