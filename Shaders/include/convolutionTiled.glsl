// For graphics cards, through `productTiled.glsl`. Of the products only those of a part of the depth, from `firstDepth` on.
//
// LEFT, RIGHT and PRODUCT are names.

// What the workgroup is at: a group of channels and, of PASS 1, a phase, with the first and the number of the elements of
// the window that meet it.
uint group;
#if PASS == 1
uint phaseRow, phaseColumn, firstRowMet, firstColumnMet, rowsMet, columnsMet;
uint depth() { return filtersPerGroup() * rowsMet * columnsMet; }
#elif PASS == 0
uint depth() { return channelsPerGroup() * windowHeight * windowWidth; }
#else
uint depth() { return images * resultHeight * resultWidth; }
#endif

REAL pixel(uint image, uint channel, uint p, uint q, uint r, uint s) {
  int h = int(p * strideHeight + r * dilationHeight) - int(padTop);
  int w = int(q * strideWidth + s * dilationWidth) - int(padLeft);
  if (h < 0 || h >= int(height) || w < 0 || w >= int(width)) return 0.0;
  return FIRST_AT(((image * channels + channel) * height + uint(h)) * width + uint(w));
}

REAL LEFT(uint m, uint k, bool inside) {
  if (!inside) return 0.0;
#if PASS == 0
  return SECOND_AT((group * filtersPerGroup() + m) * depth() + k);
#elif PASS == 1
  uint f = k / (rowsMet * columnsMet);
  uint r = firstRowMet + k / columnsMet % rowsMet * phaseHeight, s = firstColumnMet + k % columnsMet * phaseWidth;
  return SECOND_AT((((group * filtersPerGroup() + f) * channelsPerGroup() + m) * windowHeight + r) * windowWidth + s);
#else
  uint results = resultHeight * resultWidth;
  return SECOND_AT((k / results * filters + group * filtersPerGroup() + m) * results + k % results);
#endif
}

REAL RIGHT(uint k, uint n, bool inside) {
  if (!inside) return 0.0;
#if PASS == 0
  uint window = windowHeight * windowWidth, results = resultHeight * resultWidth;
  uint image = n / results, p = n / resultWidth % resultHeight, q = n % resultWidth;
  uint c = k / window, r = k / windowWidth % windowHeight, s = k % windowWidth;
  return pixel(image, group * channelsPerGroup() + c, p, q, r, s);
#elif PASS == 1
  uint image = n / (phaseRows() * phaseColumns());
  uint h = n / phaseColumns() % phaseRows() * strideHeight + phaseRow, w = n % phaseColumns() * strideWidth + phaseColumn;
  uint f = k / (rowsMet * columnsMet);
  uint r = firstRowMet + k / columnsMet % rowsMet * phaseHeight, s = firstColumnMet + k % columnsMet * phaseWidth;
  int atRow = int(h + padTop) - int(r * dilationHeight), atColumn = int(w + padLeft) - int(s * dilationWidth);
  if (atRow < 0 || atColumn < 0) return 0.0;
  uint p = uint(atRow) / strideHeight, q = uint(atColumn) / strideWidth;
  if (p >= resultHeight || q >= resultWidth) return 0.0;
  return FIRST_AT(((image * filters + group * filtersPerGroup() + f) * resultHeight + p) * resultWidth + q);
#else
  uint window = windowHeight * windowWidth, results = resultHeight * resultWidth;
  uint image = k / results, p = k / resultWidth % resultHeight, q = k % resultWidth;
  uint c = n / window, r = n / windowWidth % windowHeight, s = n % windowWidth;
  return pixel(image, group * channelsPerGroup() + c, p, q, r, s);
#endif
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
#define RESULT(row, column, value) store(row, column, value)
#include "productTiled.glsl"
#undef RUNS_DOWN
#undef RUNS_ALONG
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
