#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
//! variant conv2DTiled PASS=0 REAL=float
//! variant conv2DInputGradientTiled PASS=1 REAL=float
//! variant conv2DWeightGradientTiled PASS=2 REAL=float

#include "../include/tile.glsl"
#include "../include/lanes.glsl"
#include "../include/tiles.glsl"
#include "../include/convolutionOperands.glsl"
#include "../include/convolution.glsl"
#define LEFT left
#define RIGHT right
#define PRODUCT tileProduct
#include "../include/convolutionTiled.glsl"

void main() {
  uint number = gl_WorkGroupID.z / groups, part = number % parts;
  firstResult = part * resultCount();
  uint firstDepth = part * depthStep;
  convolve(
    gl_WorkGroupID.z % groups, gl_WorkGroupID.y, gl_WorkGroupID.x + number / parts * gl_NumWorkGroups.x, firstDepth,
    firstDepth + depthStep);
}
