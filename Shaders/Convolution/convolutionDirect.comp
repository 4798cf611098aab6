#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_ballot : enable
//! variant conv2DDirect PASS=0 REAL=float
//! variant conv2DSubgroup PASS=0 REAL=float SUBGROUP=1
//! variant conv2DInputGradientDirect PASS=1 REAL=float
//! variant conv2DInputGradientSubgroup PASS=1 REAL=float SUBGROUP=1
//! variant conv2DWeightGradientDirect PASS=2 REAL=float
//! variant conv2DWeightGradientSubgroup PASS=2 REAL=float SUBGROUP=1
//! variant conv2DDirectFloat64 PASS=0 REAL=double
//! variant conv2DInputGradientDirectFloat64 PASS=1 REAL=double
//! variant conv2DWeightGradientDirectFloat64 PASS=2 REAL=double

layout(local_size_x = 8) in;
#include "../include/tile.glsl"
#include "../include/rowLoads.glsl"
#include "../include/convolutionOperands.glsl"
#include "../include/convolution.glsl"
#include "../include/convolutionDirect.glsl"

void main() {
  uint number = gl_WorkGroupID.z / groups, part = number % parts;
  firstResult = part * resultCount();
  uint firstDepth = part * depthStep;
  convolve(
    gl_WorkGroupID.z % groups, gl_WorkGroupID.y, gl_WorkGroupID.x + number / parts * gl_NumWorkGroups.x, firstDepth,
    firstDepth + depthStep);
}
