// For GPUs, based on `productTiled.glsl`. Computes the products of a split-K part, from `firstDepth` on.
//
// LEFT, RIGHT and PRODUCT are names.

// The workgroup's group of channels and, for PASS 1, its phase, with the first tap and the number of taps.
uint group;
#if PASS == 1
uint phaseRow, phaseColumn, firstRowMet, firstColumnMet, rowsMet, columnsMet;
uint depth() { return filtersPerGroup() * rowsMet * columnsMet; }
#elif PASS == 0
uint depth() { return channelsPerGroup() * windowHeight * windowWidth; }
#else
uint depth() { return images * resultHeight * resultWidth; }
#endif

// The position of an element of the right operand, a pixel of an image or result, is the sum of a part that
// depends on its column and one that depends on its depth: the row and column in its plane, which may be
// outside, and the address (x, y, z). Both parts are computed once per column, and once per depth in each
// step, into tables: divisions per element would take longer than the products. w is the part of the left
// operand's address that depends on the depth.
#ifndef CONVOLUTION_PLACES
#define CONVOLUTION_PLACES
shared ivec4 rightColumns[TILE_COLUMNS];
shared ivec4 rightDepths[DEPTH];
// A row that stays outside the plane in any sum.
const int OUTSIDE = -0x20000000;
#endif

#if PASS == 1
uint planeHeight() { return resultHeight; }
uint planeWidth() { return resultWidth; }
#else
uint planeHeight() { return height; }
uint planeWidth() { return width; }
#endif

ivec4 place(uint plane, int row, int column) {
  return ivec4(row, column, int(plane * planeHeight() * planeWidth()) + row * int(planeWidth()) + column, 0);
}

ivec4 placeOfColumn(uint n) {
#if PASS == 0
  uint results = resultHeight * resultWidth;
  uint p = n / resultWidth % resultHeight, q = n % resultWidth;
  return place(
    n / results * channels + group * channelsPerGroup(), int(p * strideHeight) - int(padTop),
    int(q * strideWidth) - int(padLeft));
#elif PASS == 1
  uint h = n / phaseColumns() % phaseRows(), w = n % phaseColumns();
  return place(n / (phaseRows() * phaseColumns()) * filters + group * filtersPerGroup(), int(h), int(w));
#else
  uint window = windowHeight * windowWidth;
  uint r = n / windowWidth % windowHeight, s = n % windowWidth;
  return place(
    group * channelsPerGroup() + n / window, int(r * dilationHeight) - int(padTop),
    int(s * dilationWidth) - int(padLeft));
#endif
}

// A depth is three indices: channel, filter or image; row; column (for PASS 1, of the phase's taps). An
// invocation advances by DEPTH without divisions.
#if PASS == 0
uvec2 depthExtent() { return uvec2(windowHeight, windowWidth); }
#elif PASS == 1
uvec2 depthExtent() { return max(uvec2(rowsMet, columnsMet), 1u); }
#else
uvec2 depthExtent() { return uvec2(resultHeight, resultWidth); }
#endif

uvec3 depthNumbers(uint k) {
  uvec2 extent = depthExtent();
  return uvec3(k / (extent.x * extent.y), k / extent.y % extent.x, k % extent.y);
}

uvec3 sumOfDepths(uvec3 a, uvec3 b) {
  uvec2 extent = depthExtent();
  uvec3 sum = a + b;
  if (sum.z >= extent.y) sum += uvec3(0u, 1u, -extent.y);
  if (sum.y >= extent.x) sum += uvec3(1u, -extent.x, 0u);
  return sum;
}

#if PASS == 1
// The row and column of the result that the phase's first pixel has for its first tap, and the step to the
// next tap's: the divisions are exact, by the definition of a phase.
ivec2 firstShift() {
  return (ivec2(phaseRow + padTop, phaseColumn + padLeft) - ivec2(firstRowMet * dilationHeight, firstColumnMet * dilationWidth))
    / ivec2(strideHeight, strideWidth);
}
ivec2 shiftStep() { return ivec2(phaseHeight * dilationHeight, phaseWidth * dilationWidth) / ivec2(strideHeight, strideWidth); }
#endif

ivec4 placeOfDepth(uvec3 at) {
#if PASS == 0
  ivec4 place = place(at.x, int(at.y * dilationHeight), int(at.z * dilationWidth));
  place.w = int((at.x * windowHeight + at.y) * windowWidth + at.z);
#elif PASS == 1
  ivec2 shift = firstShift() - ivec2(at.yz) * shiftStep();
  ivec4 place = place(at.x, shift.x, shift.y);
  uint r = firstRowMet + at.y * phaseHeight, s = firstColumnMet + at.z * phaseWidth;
  place.w = int((at.x * channelsPerGroup() * windowHeight + r) * windowWidth + s);
#else
  ivec4 place = place(at.x * channels, int(at.y * strideHeight), int(at.z * strideWidth));
  place.w = int((at.x * filters * resultHeight + at.y) * resultWidth + at.z);
#endif
  return place;
}

void notePlacesOfColumns(uint firstColumn) {
  for (uint j = gl_LocalInvocationID.x; j < TILE_COLUMNS; j += LANES)
    rightColumns[j] = firstColumn + j < columnCount() ? placeOfColumn(firstColumn + j) : ivec4(OUTSIDE, 0, 0, 0);
}

// For the DEPTH depths from `start` on, one per invocation; `at` is this invocation's depth.
void notePlacesOfDepths(uint start, uint end, uvec3 at) {
  uint l = gl_LocalInvocationID.x;
  if (l < DEPTH) rightDepths[l] = start + l < end ? placeOfDepth(at) : ivec4(OUTSIDE, 0, 0, 0);
}

// Beyond the edge the address is clamped, and the value is zero.
REAL LEFT(uint row, ivec4 depthPlace, bool inside) {
#if PASS == 0
  uint at = (group * filtersPerGroup() + row) * depth();
#elif PASS == 1
  uint at = (group * filtersPerGroup() * channelsPerGroup() + row) * windowHeight * windowWidth;
#else
  uint at = (group * filtersPerGroup() + row) * resultHeight * resultWidth;
#endif
  REAL value = SECOND_AT(inside ? at + uint(depthPlace.w) : 0u);
  return inside ? value : 0.0;
}

REAL RIGHT(ivec4 depthPlace, ivec4 columnPlace) {
  ivec3 sum = depthPlace.xyz + columnPlace.xyz;
  bool inside = uint(sum.x) < planeHeight() && uint(sum.y) < planeWidth();
  REAL value = FIRST_AT(inside ? uint(sum.z) : 0u);
  return inside ? value : 0.0;
}

void store(uint m, uint n, REAL value) {
#if PASS == 0
  uint results = resultHeight * resultWidth;
  STORE((n / results * filters + group * filtersPerGroup() + m) * results + n % results, value);
#elif PASS == 1
  uint h = n / phaseColumns() % phaseRows() * strideHeight + phaseRow, w = n % phaseColumns() * strideWidth + phaseColumn;
  if (h >= height || w >= width) return;
  uint image = n / (phaseRows() * phaseColumns());
  STORE(((image * channels + group * channelsPerGroup() + m) * height + h) * width + w, value);
#else
  STORE((group * filtersPerGroup() + m) * columnCount() + n, value);
#endif
}

#define RUNS_DOWN false
#define RUNS_ALONG (PASS == 2)
#define PLACES 1
#define RESULT(row, column, value) store(row, column, value)
#include "productTiled.glsl"
#undef RUNS_DOWN
#undef RUNS_ALONG
#undef PLACES
#undef RESULT

void convolve(uint groupNumber, uint rowOfTiles, uint columnOfTiles, uint firstDepth, uint endDepth) {
  group = groupNumber;
  uint tilesPerPhase = (columnCount() + TILE_COLUMNS - 1u) / TILE_COLUMNS;
  if (columnOfTiles >= tilesPerPhase * phaseCount()) return;
#if PASS == 1
  uint phase = columnOfTiles / tilesPerPhase;
  phaseRow = phase / strideWidth;
  phaseColumn = phase % strideWidth;
  firstRowMet = firstMet((phaseRow + padTop) % strideHeight, strideHeight, dilationHeight, phaseHeight);
  firstColumnMet = firstMet((phaseColumn + padLeft) % strideWidth, strideWidth, dilationWidth, phaseWidth);
  rowsMet = countMet(firstRowMet, windowHeight, phaseHeight);
  columnsMet = countMet(firstColumnMet, windowWidth, phaseWidth);
#endif
  PRODUCT(
    rowOfTiles * TILE_ROWS, columnOfTiles % tilesPerPhase * TILE_COLUMNS, rowCount(), columnCount(), firstDepth,
    min(endDepth, depth()));
}
