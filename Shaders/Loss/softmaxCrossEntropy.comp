#version 450
#extension GL_GOOGLE_include_directive : require
#include "../include/index.glsl"
//! variant softmaxCrossEntropy GRADIENT=0 REAL=float
//! variant softmaxCrossEntropyGradient GRADIENT=1 REAL=float
//! variant softmaxCrossEntropyFloat64 GRADIENT=0 REAL=double FLOAT64=1
//! variant softmaxCrossEntropyGradientFloat64 GRADIENT=1 REAL=double FLOAT64=1
#ifdef FLOAT64
#include "../include/elementary.glsl"
#define EXP exp_64
#define LOG log_64
#define NOT_A_NUMBER notANumber()
#else
#define EXP exp
#define LOG log
#define NOT_A_NUMBER uintBitsToFloat(0x7FC00000u)
#endif

// LANES invocations share a row. The maximum score is subtracted first, so that no exponential overflows. A
// label that is no class gives NaN.
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint LANES = 1u;
layout(std430, binding = 0) readonly buffer Scores { REAL scores[]; };
layout(std430, binding = 1) readonly buffer Labels { int labels[]; };
layout(std430, binding = 2) writeonly buffer Y { REAL y[]; };
layout(push_constant) uniform Sizes { uint rows, classes; };
#define ELEMENT REAL
#define SHARED partials
#include "../include/treeReduction.glsl"

void main() {
  uint place = groupIndex() * (gl_WorkGroupSize.x / LANES) + gl_LocalInvocationID.x / LANES;
  uint lane = gl_LocalInvocationID.x % LANES;
  // Lanes beyond the last row recompute it and store nothing, so that all reach the barriers.
  bool isInside = place < rows;
  uint row = min(place, rows - 1u);
  uint first = row * classes;
  REAL greatest = scores[first];
  for (uint c = lane; c < classes; c += LANES) greatest = max(greatest, scores[first + c]);
  if (LANES > 1u) greatest = treeMax(greatest, lane, LANES, 1u);
  REAL total = 0.0;
  for (uint c = lane; c < classes; c += LANES) total += EXP(scores[first + c] - greatest);
  if (LANES > 1u) total = treeSum(total, lane, LANES, 1u);
  if (!isInside) return;
  uint label = uint(labels[row]);
#if GRADIENT
  for (uint c = lane; c < classes; c += LANES) {
    REAL probability = EXP(scores[first + c] - greatest) / total;
    y[first + c] = label < classes ? probability - (c == label ? 1.0 : 0.0) : NOT_A_NUMBER;
  }
#else
  if (lane > 0u) return;
  REAL score = scores[first + min(label, classes - 1u)];
  y[row] = label < classes ? LOG(total) - (score - greatest) : NOT_A_NUMBER;
#endif
}
