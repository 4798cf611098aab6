#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
//! variant cooperativeConv2DFloat16 PASS=0 BFLOAT=0 PLANES=1
//! variant cooperativeConv2DInputGradientFloat16 PASS=1 BFLOAT=0 PLANES=1
//! variant cooperativeConv2DWeightGradientFloat16 PASS=2 BFLOAT=0 PLANES=1
//! variant cooperativeConv2DBFloat16 PASS=0 BFLOAT=1 PLANES=1
//! variant cooperativeConv2DInputGradientBFloat16 PASS=1 BFLOAT=1 PLANES=1
//! variant cooperativeConv2DWeightGradientBFloat16 PASS=2 BFLOAT=1 PLANES=1
//! variant cooperativeConv2DTF32 PASS=0 BFLOAT=1 PLANES=2
//! variant cooperativeConv2DInputGradientTF32 PASS=1 BFLOAT=1 PLANES=2
//! variant cooperativeConv2DWeightGradientTF32 PASS=2 BFLOAT=1 PLANES=2

// The three passes of a convolution as implicit GEMM, one per group of channels: N images of C channels and
// H×W pixels, K filters of R×S, results of P×Q.
//
// PASS 0, forward:          m filter, n (image, p, q), k (channel, r, s)
// PASS 1, input gradient:   m channel, n (image, h, w), k (filter, r, s)
// PASS 2, weight gradient:  m filter, n (channel, r, s), k (image, p, q)
#include "../include/cooperativeTiles.glsl"
layout(std430, binding = 0) readonly buffer First { float first[]; };
layout(std430, binding = 1) readonly buffer Second { float second[]; };
layout(std430, binding = 2) writeonly buffer Y { float y[]; };
layout(push_constant) uniform Sizes {
  uint images, channels, height, width, filters, windowHeight, windowWidth, resultHeight, resultWidth, groups;
  uint strideHeight, strideWidth, padTop, padLeft, dilationHeight, dilationWidth, depthStep, parts;
};
#define LEFT_AT(i) second[i]
#define RIGHT_AT(i) first[i]
#define STORE(i, value) y[i] = value

uint channelsPerGroup() { return channels / groups; }
uint filtersPerGroup() { return filters / groups; }
uint window() { return windowHeight * windowWidth; }
uint pixels() { return height * width; }
uint results() { return resultHeight * resultWidth; }

uint groupCount() { return groups; }
uint rowCount() { return PASS == 1 ? channelsPerGroup() : filtersPerGroup(); }
uint columnCount() {
  return PASS == 0 ? images * results() : PASS == 1 ? images * pixels() : channelsPerGroup() * window();
}
uint depth() {
  return PASS == 0 ? channelsPerGroup() * window() : PASS == 1 ? filtersPerGroup() * window() : images * results();
}

// The memory order of the operands: contiguous along the depth or not.
bool leftRunsAlongDepth() { return true; }
bool rightRunsAlongDepth() { return PASS == 2; }

uint leftRow(uint group, uint row) {
#if PASS == 0
  return (group * filtersPerGroup() + row) * depth();
#elif PASS == 1
  return (group * filtersPerGroup() * channelsPerGroup() + row) * window();
#else
  return (group * filtersPerGroup() + row) * results();
#endif
}

uint leftDepth(uint at) {
#if PASS == 0
  return at;
#elif PASS == 1
  return at / window() * channelsPerGroup() * window() + at % window();
#else
  return at / results() * filters * results() + at % results();
#endif
}

// An element of the right operand is a pixel of an image or result. Its position is the sum of a part that
// depends on the column and one that depends on the depth: the offset of its plane, and the row and column in
// it.
ivec3 rightColumn(uint group, uint column) {
#if PASS == 0
  uint p = column / resultWidth % resultHeight, q = column % resultWidth;
  return ivec3(
    (column / results() * channels + group * channelsPerGroup()) * pixels(),
    int(p * strideHeight) - int(padTop), int(q * strideWidth) - int(padLeft));
#elif PASS == 1
  uint h = column / width % height, w = column % width;
  return ivec3(
    (column / pixels() * filters + group * filtersPerGroup()) * results(), h + padTop, w + padLeft);
#else
  uint r = column / windowWidth % windowHeight, s = column % windowWidth;
  return ivec3(
    (group * channelsPerGroup() + column / window()) * pixels(),
    int(r * dilationHeight) - int(padTop), int(s * dilationWidth) - int(padLeft));
#endif
}

ivec3 rightDepth(uint at) {
#if PASS == 2
  uint p = at / resultWidth % resultHeight, q = at % resultWidth;
  return ivec3(at / results() * channels * pixels(), p * strideHeight, q * strideWidth);
#else
  int r = int(at / windowWidth % windowHeight * dilationHeight), s = int(at % windowWidth * dilationWidth);
  return PASS == 0 ? ivec3(at / window() * pixels(), r, s) : ivec3(at / window() * results(), -r, -s);
#endif
}

// Negative in the padding, and between strides.
int rightAddress(ivec3 place) {
#if PASS == 1
  if (place.y < 0 || place.z < 0) return -1;
  int p = place.y / int(strideHeight), q = place.z / int(strideWidth);
  if (p * int(strideHeight) != place.y || q * int(strideWidth) != place.z) return -1;
  return p < int(resultHeight) && q < int(resultWidth) ? place.x + p * int(resultWidth) + q : -1;
#else
  bool inside = place.y >= 0 && place.y < int(height) && place.z >= 0 && place.z < int(width);
  return inside ? place.x + place.y * int(width) + place.z : -1;
#endif
}

uint storeColumn(uint group, uint column) {
#if PASS == 0
  return (column / results() * filters + group * filtersPerGroup()) * results() + column % results();
#elif PASS == 1
  return (column / pixels() * channels + group * channelsPerGroup()) * pixels() + column % pixels();
#else
  return group * filtersPerGroup() * columnCount() + column;
#endif
}

uint storeRowStep() { return PASS == 0 ? results() : PASS == 1 ? pixels() : columnCount(); }

#include "../include/cooperativeProduct.glsl"

void main() { product(); }
