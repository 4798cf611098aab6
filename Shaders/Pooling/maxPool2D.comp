#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_shader_8bit_storage : require
#include "../include/index.glsl"
//! variant maxPool2DPlace STEP=0 REAL=float
//! variant maxPool2DPick STEP=1 REAL=float
//! variant maxPool2DGradient STEP=2 REAL=float
//! variant maxPool2DPlaceFloat64 STEP=0 REAL=double
//! variant maxPool2DPickFloat64 STEP=1 REAL=double
//! variant maxPool2DGradientFloat64 STEP=2 REAL=double

// Planes of H×W pixels, windows of R×S, results of P×Q. One result each; of the gradient, one pixel each, which looks for
// the windows that have it, in their order.
layout(local_size_x_id = 0) in;
layout(std430, binding = 0) readonly buffer X { REAL x[]; };
#if STEP == 0
layout(std430, binding = 1) writeonly buffer Y { uint8_t y[]; };
#else
layout(std430, binding = 1) readonly buffer Places { uint8_t places[]; };
layout(std430, binding = 2) writeonly buffer Y { REAL y[]; };
#endif
layout(push_constant) uniform Sizes {
  uint planes, height, width, windowHeight, windowWidth, resultHeight, resultWidth;
  uint strideHeight, strideWidth, top, left, dilationHeight, dilationWidth;
};

// The pixel at a place of a result's window, within its plane; −1 in the padding.
int pixelAt(uint p, uint q, uint place) {
  int h = int(p * strideHeight + place / windowWidth * dilationHeight) - int(top);
  int w = int(q * strideWidth + place % windowWidth * dilationWidth) - int(left);
  return h >= 0 && h < int(height) && w >= 0 && w < int(width) ? h * int(width) + w : -1;
}

void main() {
  uint i = globalIndex();
#if STEP == 2
  if (i >= planes * height * width) return;
  uint plane = i / (height * width), h = i / width % height, w = i % width;
  REAL total = 0.0;
  for (uint r = windowHeight; r-- > 0u;) {
    int atRow = int(h + top) - int(r * dilationHeight);
    if (atRow < 0 || atRow % int(strideHeight) != 0 || atRow / int(strideHeight) >= int(resultHeight)) continue;
    for (uint s = windowWidth; s-- > 0u;) {
      int atColumn = int(w + left) - int(s * dilationWidth);
      if (atColumn < 0 || atColumn % int(strideWidth) != 0 || atColumn / int(strideWidth) >= int(resultWidth)) continue;
      uint index = (plane * resultHeight + uint(atRow) / strideHeight) * resultWidth + uint(atColumn) / strideWidth;
      if (uint(places[index]) == r * windowWidth + s) total += x[index];
    }
  }
  y[i] = total;
#else
  if (i >= planes * resultHeight * resultWidth) return;
  uint plane = i / (resultHeight * resultWidth), p = i / resultWidth % resultHeight, q = i % resultWidth;
  uint first = plane * height * width;
#if STEP == 0
  int best = -1;
  REAL greatest = 0.0;
  for (uint place = 0u; place < windowHeight * windowWidth; place++) {
    int pixel = pixelAt(p, q, place);
    if (pixel < 0) continue;
    REAL value = x[first + uint(pixel)];
    // A NaN counts as greatest, so that it comes through; of several the first stays.
    if (best < 0 || (!(value <= greatest) && greatest == greatest)) {
      best = int(place);
      greatest = value;
    }
  }
  y[i] = uint8_t(max(best, 0));
#else
  int pixel = pixelAt(p, q, uint(places[i]));
  y[i] = pixel < 0 ? 0.0 : x[first + uint(pixel)];
#endif
#endif
}
