#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_shader_8bit_storage : require
#include "../include/index.glsl"
#include "../include/pooling.glsl"
//! variant maxPool2DPlace STEP=0 REAL=float
//! variant maxPool2DPick STEP=1 REAL=float
//! variant maxPool2DGradient STEP=2 REAL=float
//! variant maxPool2DPlaceFloat64 STEP=0 REAL=double
//! variant maxPool2DPickFloat64 STEP=1 REAL=double
//! variant maxPool2DGradientFloat64 STEP=2 REAL=double

// One result each; of the gradient, one pixel each.
layout(local_size_x_id = 0) in;
layout(std430, binding = 0) readonly buffer X { REAL x[]; };
#if STEP == 0
layout(std430, binding = 1) writeonly buffer Y { uint8_t y[]; };
#else
layout(std430, binding = 1) readonly buffer Places { uint8_t places[]; };
layout(std430, binding = 2) writeonly buffer Y { REAL y[]; };
#endif
layout(push_constant) uniform Sizes {
  uint planes;
  Pooling z;
};
#define POOLING pooled
#define X_AT(i) x[i]
#define PLACE_AT(i) places[i]
#if STEP == 0
#include "../include/maxPool2DPlace.glsl"
#elif STEP == 2
#include "../include/maxPool2DGradient.glsl"
#endif

void main() {
  uint i = globalIndex();
#if STEP == 2
  if (i < planes * z.height * z.width) y[i] = pooled(z, i);
#else
  if (i >= planes * z.resultHeight * z.resultWidth) return;
#if STEP == 0
  y[i] = uint8_t(pooled(z, i));
#else
  int pixel = pooledPixel(z, i, uint(places[i]));
  y[i] = pixel < 0 ? REAL(0.0) : x[planeOf(z, i) + uint(pixel)];
#endif
#endif
}
