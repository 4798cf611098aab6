#version 450
#extension GL_GOOGLE_include_directive : require
#include "../include/index.glsl"
//! variant softmaxCrossEntropy GRADIENT=0
//! variant softmaxCrossEntropyGradient GRADIENT=1

// One row each. The greatest score is subtracted first, so that no exponential overflows.
layout(local_size_x_id = 0) in;
layout(std430, binding = 0) readonly buffer Scores { float scores[]; };
layout(std430, binding = 1) readonly buffer Labels { int labels[]; };
layout(std430, binding = 2) writeonly buffer Y { float y[]; };
layout(push_constant) uniform Sizes { uint rows, classes; };

void main() {
  uint row = globalIndex();
  if (row >= rows) return;
  uint first = row * classes;
  float greatest = scores[first];
  for (uint c = 1u; c < classes; c++) greatest = max(greatest, scores[first + c]);
  float total = 0.0;
  for (uint c = 0u; c < classes; c++) total += exp(scores[first + c] - greatest);
  uint label = uint(clamp(labels[row], 0, int(classes) - 1));
#if GRADIENT
  for (uint c = 0u; c < classes; c++) {
    y[first + c] = exp(scores[first + c] - greatest) / total - (c == label ? 1.0 : 0.0);
  }
#else
  y[row] = log(total) - (scores[first + label] - greatest);
#endif
}
