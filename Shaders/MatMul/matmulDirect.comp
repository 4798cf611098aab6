#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
//! variant matmulDirect REAL=float ROWS=8u COLUMNS=4u
//! variant matmulDirectLarge REAL=float ROWS=16u COLUMNS=8u
//! variant matmulDirectFloat64 REAL=double ROWS=8u COLUMNS=4u

// Large matrices have 16 rows of 64: a load costs as much as two products on a processor, and each element loaded is used
// twice as often.
layout(local_size_x = 8) in;
#include "../include/matmul.glsl"
#include "../include/matmulDirect.glsl"

void main() { product(gl_WorkGroupID.y + gl_WorkGroupID.z * gl_NumWorkGroups.y, gl_WorkGroupID.x); }
