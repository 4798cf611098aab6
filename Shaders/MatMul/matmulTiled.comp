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

void main() {
  uint bands = (m + TILE_ROWS - 1u) / TILE_ROWS, band = gl_WorkGroupID.y + gl_WorkGroupID.z * gl_NumWorkGroups.y;
  uint part = band / bands;
  if (part >= parts) return;
  firstResult = part * m * n;
  uint firstDepth = part * depthStep;
  product(band % bands, gl_WorkGroupID.x, firstDepth, min(firstDepth + depthStep, k));
}
