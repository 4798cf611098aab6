#version 450
#extension GL_GOOGLE_include_directive : require
#include "../include/index.glsl"
#include "../include/bytes.glsl"
#include "../include/pooling.glsl"
//! variant maxPool2DPlace STEP=0 REAL=float
//! variant maxPool2DPick STEP=1 REAL=float
//! variant maxPool2DGradient STEP=2 REAL=float
//! variant maxPool2DPlaceFloat64 STEP=0 REAL=double
//! variant maxPool2DPickFloat64 STEP=1 REAL=double
//! variant maxPool2DGradientFloat64 STEP=2 REAL=double

// Per invocation four argmax indices in one word, or one result, or one pixel of the gradient.
layout(local_size_x_id = 0) in;
layout(std430, binding = 0) readonly buffer X { REAL x[]; };
#if STEP == 0
layout(std430, binding = 1) buffer Y { uint y[]; };
#else
layout(std430, binding = 1) readonly buffer Places { uint places[]; };
layout(std430, binding = 2) writeonly buffer Y { REAL y[]; };
#endif
layout(push_constant) uniform Sizes {
  uint planes;
  Pooling z;
};
#define POOLING pooled
#define X_AT(i) x[i]
#define PLACE_AT(i) BYTE(places, i)
#if STEP == 0
#include "../include/maxPool2DPlace.glsl"
#elif STEP == 2
#include "../include/maxPool2DGradient.glsl"
#endif

void main() {
  uint i = globalIndex();
#if STEP == 0
  uint first = 4u * i, count = planes * z.resultHeight * z.resultWidth;
  if (first >= count) return;
  uint word = 0u;
  for (uint j = 0u; j < 4u && first + j < count; j++) word |= uint(pooled(z, first + j)) << (8u * j);
  STORE_BYTES(y, first, count, word);
#elif STEP == 1
  if (i >= planes * z.resultHeight * z.resultWidth) return;
  int pixel = pooledPixel(z, i, PLACE_AT(i));
  y[i] = pixel < 0 ? REAL(0.0) : x[planeOf(z, i) + uint(pixel)];
#else
  if (i < planes * z.height * z.width) y[i] = pooled(z, i);
#endif
}
