#version 450
#extension GL_GOOGLE_include_directive : require
#include "../include/index.glsl"
//! variant softmaxCrossEntropy GRADIENT=0 REAL=float
//! variant softmaxCrossEntropyGradient GRADIENT=1 REAL=float
//! variant softmaxCrossEntropyFloat64 GRADIENT=0 REAL=double FLOAT64=1
//! variant softmaxCrossEntropyGradientFloat64 GRADIENT=1 REAL=double FLOAT64=1
#ifdef FLOAT64
#include "../include/elementary.glsl"
#define EXP exp64
#define LOG log64
#else
#define EXP exp
#define LOG log
#endif

// One row each. The greatest score is subtracted first, so that no exponential overflows.
layout(local_size_x_id = 0) in;
layout(std430, binding = 0) readonly buffer Scores { REAL scores[]; };
layout(std430, binding = 1) readonly buffer Labels { int labels[]; };
layout(std430, binding = 2) writeonly buffer Y { REAL y[]; };
layout(push_constant) uniform Sizes { uint rows, classes; };

void main() {
  uint row = globalIndex();
  if (row >= rows) return;
  uint first = row * classes;
  REAL greatest = scores[first];
  for (uint c = 1u; c < classes; c++) greatest = max(greatest, scores[first + c]);
  REAL total = 0.0;
  for (uint c = 0u; c < classes; c++) total += EXP(scores[first + c] - greatest);
  uint label = uint(clamp(labels[row], 0, int(classes) - 1));
#if GRADIENT
  for (uint c = 0u; c < classes; c++) {
    y[first + c] = EXP(scores[first + c] - greatest) / total - (c == label ? 1.0 : 0.0);
  }
#else
  y[row] = LOG(total) - (scores[first + label] - greatest);
#endif
}
