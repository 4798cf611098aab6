#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_ballot : enable
//! variant matmulDirect REAL=float
//! variant matmulSubgroup REAL=float SUBGROUP=1
//! variant matmulDirectFloat64 REAL=double

layout(local_size_x = 8) in;
#include "../include/tile.glsl"
#include "../include/rowLoads.glsl"
#include "../include/matmul.glsl"
#include "../include/matmulDirect.glsl"

void main() {
  uint bands = (m + ROWS - 1u) / ROWS, band = gl_WorkGroupID.y + gl_WorkGroupID.z * gl_NumWorkGroups.y;
  uint part = band / bands;
  if (part >= parts) return;
  firstResult = part * m * n;
  uint firstDepth = part * depthStep;
  product(band % bands, gl_WorkGroupID.x, firstDepth, min(firstDepth + depthStep, k));
}
