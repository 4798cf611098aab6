#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
//! variant matmulTiled REAL=float

#include "../include/tile.glsl"
#include "../include/lanes.glsl"
#include "../include/tiles.glsl"
#include "../include/matmul.glsl"
#define LEFT left
#define RIGHT right
#define PRODUCT tileProduct
#include "../include/matmulTiled.glsl"

void main() { product(gl_WorkGroupID.y + gl_WorkGroupID.z * gl_NumWorkGroups.y, gl_WorkGroupID.x, 0u, k); }
