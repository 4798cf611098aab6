// The operands of a convolution dispatched alone, whole or in split-K parts of `depthStep`, whose results are
// stored one after another. Columns of tiles are along x, and continue along z where they do not fit; so do
// the groups and parts.
layout(std430, binding = 0) readonly buffer First { REAL first[]; };
layout(std430, binding = 1) readonly buffer Second { REAL second[]; };
layout(std430, binding = 2) writeonly buffer Y { REAL y[]; };
layout(push_constant) uniform Sizes {
  uint images, channels, height, width, filters, windowHeight, windowWidth, resultHeight, resultWidth, groups;
  uint strideHeight, strideWidth, padTop, padLeft, dilationHeight, dilationWidth, phaseHeight, phaseWidth;
  uint depthStep, parts;
};
#define FIRST_AT(i) first[i]
#define SECOND_AT(i) second[i]
#define STORE(i, value) y[firstResult + (i)] = value
uint firstResult;
