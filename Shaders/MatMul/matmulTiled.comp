#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
//! variant matmulTiled REAL=float

layout(local_size_x = 256) in;
#include "../include/matmul.glsl"
#include "../include/tiles.glsl"
#include "../include/matmulTiled.glsl"

void main() { product(gl_WorkGroupID.y + gl_WorkGroupID.z * gl_NumWorkGroups.y, gl_WorkGroupID.x, 0u, k); }
