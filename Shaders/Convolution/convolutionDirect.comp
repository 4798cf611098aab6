#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
//! variant conv2DDirect PASS=0 REAL=float ROWS=8u COLUMNS=8u
//! variant conv2DInputGradientDirect PASS=1 REAL=float ROWS=8u COLUMNS=8u
//! variant conv2DWeightGradientDirect PASS=2 REAL=float ROWS=8u COLUMNS=8u
//! variant conv2DDirectFloat64 PASS=0 REAL=double ROWS=4u COLUMNS=4u
//! variant conv2DInputGradientDirectFloat64 PASS=1 REAL=double ROWS=4u COLUMNS=4u
//! variant conv2DWeightGradientDirectFloat64 PASS=2 REAL=double ROWS=4u COLUMNS=4u

layout(local_size_x = 8) in;
#include "../include/convolutionOperands.glsl"
#include "../include/convolution.glsl"
#include "../include/convolutionDirect.glsl"

void main() {
  convolve(
    gl_WorkGroupID.z % groups, gl_WorkGroupID.y, gl_WorkGroupID.x + gl_WorkGroupID.z / groups * gl_NumWorkGroups.x);
}
