// For CPU drivers, and for float64 on all devices: a workgroup of 8 invocations, one vector register,
// computes ROWS rows of 8 · COLUMNS columns in registers (register blocking), without shared memory; fewer in
// float64, for which GPUs have at most half the registers. The position of an element of the right operand,
// and whether it is padding, is computed outside the innermost loop, and divisions outside all loops. Long
// sums are split into short ones to reduce rounding errors.
REAL total[ROWS][COLUMNS], part[ROWS][COLUMNS];

void addPart() {
  [[unroll]] for (uint i = 0u; i < ROWS; i++) {
    [[unroll]] for (uint j = 0u; j < COLUMNS; j++) {
      total[i][j] += part[i][j];
      part[i][j] = 0.0;
    }
  }
}

// The addresses of the current rows and columns. Of a column's elements only the `span` ones from `low` on
// are inside; the others are padding.
uint leftAt[ROW_LOADS], rightAt[COLUMNS], low[COLUMNS], span[COLUMNS];

// The depth consists of lines: the channels or filters at one filter tap, or a row of results. Only products
// within `firstDepth` ..< `endDepth` are added, of which a line has `from` ..< `to`.
uint line, from, to;

bool beginsLine(uint firstDepth, uint endDepth, uint lineLength) {
  uint before = line * lineLength;
  if (before >= endDepth) return false;
  from = max(firstDepth, before) - before;
  to = min(endDepth - before, lineLength);
  return true;
}

// Adds the products of the line's elements for each row and column, with strides `leftStep` and `rightStep`.
void accumulate(uint leftStep, uint rightStep) {
  for (uint l = from; l < to; l++) {
    REAL loads[ROW_LOADS], right[COLUMNS];
    [[unroll]] for (uint j = 0u; j < COLUMNS; j++) {
      bool inside = l - low[j] < span[j];
      REAL value = FIRST_AT(inside ? rightAt[j] + l * rightStep : 0u);
      right[j] = inside ? value : REAL(0.0);
    }
    [[unroll]] for (uint t = 0u; t < ROW_LOADS; t++) loads[t] = SECOND_AT(leftAt[t] + l * leftStep);
    [[unroll]] for (uint i = 0u; i < ROWS; i++) {
      REAL left = OF_ROW(loads, i);
      [[unroll]] for (uint j = 0u; j < COLUMNS; j++) part[i][j] = fma(left, right[j], part[i][j]);
    }
  }
}

void convolve(uint group, uint rowOfTiles, uint columnOfTiles, uint firstDepth, uint endDepth) {
  uint m = rowCount(), n = columnCount(), tileColumns = 8u * COLUMNS;
  uint tilesPerPhase = (n + tileColumns - 1u) / tileColumns;
  if (columnOfTiles >= tilesPerPhase * phaseCount()) return;
  uint firstRow = rowOfTiles * ROWS;
  uint firstColumn = columnOfTiles % tilesPerPhase * tileColumns + gl_LocalInvocationID.x;
  uint window = windowHeight * windowWidth, results = resultHeight * resultWidth, pixels = height * width;
  // Beyond the edge the last row or column is recomputed and not stored.
  uint rows[ROW_LOADS], columns[COLUMNS];
  [[unroll]] for (uint t = 0u; t < ROW_LOADS; t++) rows[t] = min(firstRow + LOADED_ROW(t), m - 1u);
  [[unroll]] for (uint j = 0u; j < COLUMNS; j++) columns[j] = min(firstColumn + 8u * j, n - 1u);
  [[unroll]] for (uint i = 0u; i < ROWS; i++) [[unroll]] for (uint j = 0u; j < COLUMNS; j++) total[i][j] = part[i][j] = 0.0;
  // The start of a column's input, and the row and column there.
  uint origin[COLUMNS];
  int top[COLUMNS], left[COLUMNS];
#if PASS == 0
  [[unroll]] for (uint j = 0u; j < COLUMNS; j++) {
    origin[j] = (columns[j] / results * channels + group * channelsPerGroup()) * pixels;
    top[j] = int(columns[j] / resultWidth % resultHeight * strideHeight) - int(padTop);
    left[j] = int(columns[j] % resultWidth * strideWidth) - int(padLeft);
    low[j] = 0u;
  }
  uint lineLength = channelsPerGroup(), end = min(endDepth, lineLength * window);
  for (line = firstDepth / lineLength; beginsLine(firstDepth, end, lineLength); line++) {
    uint r = line / windowWidth, s = line % windowWidth;
    [[unroll]] for (uint j = 0u; j < COLUMNS; j++) {
      uint h = uint(top[j] + int(r * dilationHeight)), w = uint(left[j] + int(s * dilationWidth));
      span[j] = h < height && w < width ? lineLength : 0u;
      rightAt[j] = origin[j] + h * width + w;
    }
    [[unroll]] for (uint t = 0u; t < ROW_LOADS; t++) {
      leftAt[t] = (group * m + rows[t]) * lineLength * window + line;
    }
    accumulate(window, pixels);
    if (s + 1u == windowWidth) addPart();
  }
  addPart();
#elif PASS == 1
  uint phase = columnOfTiles / tilesPerPhase, phaseRow = phase / strideWidth, phaseColumn = phase % strideWidth;
  uint firstR = firstMet((phaseRow + padTop) % strideHeight, strideHeight, dilationHeight, phaseHeight);
  uint firstS = firstMet((phaseColumn + padLeft) % strideWidth, strideWidth, dilationWidth, phaseWidth);
  uint countR = countMet(firstR, windowHeight, phaseHeight), countS = countMet(firstS, windowWidth, phaseWidth);
  // The step of the result's row and column from one tap of the phase to the next.
  uint backHeight = phaseHeight * dilationHeight / strideHeight, backWidth = phaseWidth * dilationWidth / strideWidth;
  uint places[COLUMNS];
  bool isPixel[COLUMNS];
  [[unroll]] for (uint j = 0u; j < COLUMNS; j++) {
    uint image = columns[j] / (phaseRows() * phaseColumns());
    uint h = columns[j] / phaseColumns() % phaseRows() * strideHeight + phaseRow;
    uint w = columns[j] % phaseColumns() * strideWidth + phaseColumn;
    // In the last row or column of a phase, the pixel may be beyond the image.
    isPixel[j] = h < height && w < width;
    places[j] = (image * channels + group * m) * pixels + h * width + w;
    origin[j] = (image * filters + group * filtersPerGroup()) * results;
    // These divisions are exact, so they are right for negative numbers too.
    top[j] = (int(h + padTop) - int(firstR * dilationHeight)) / int(strideHeight);
    left[j] = (int(w + padLeft) - int(firstS * dilationWidth)) / int(strideWidth);
    low[j] = 0u;
  }
  uint lineLength = filtersPerGroup(), end = min(endDepth, lineLength * countR * countS);
  for (line = firstDepth / lineLength; beginsLine(firstDepth, end, lineLength); line++) {
    uint r = line / countS, s = line % countS;
    [[unroll]] for (uint j = 0u; j < COLUMNS; j++) {
      uint p = uint(top[j] - int(r * backHeight)), q = uint(left[j] - int(s * backWidth));
      span[j] = p < resultHeight && q < resultWidth ? lineLength : 0u;
      rightAt[j] = origin[j] + p * resultWidth + q;
    }
    [[unroll]] for (uint t = 0u; t < ROW_LOADS; t++) {
      leftAt[t] = (group * lineLength * m + rows[t]) * window + (firstR + r * phaseHeight) * windowWidth + firstS
        + s * phaseWidth;
    }
    accumulate(m * window, results);
    if (s + 1u == countS) addPart();
  }
  addPart();
#else
  uint inRow[COLUMNS];
  [[unroll]] for (uint j = 0u; j < COLUMNS; j++) {
    uint c = columns[j] / window, r = columns[j] / windowWidth % windowHeight, s = columns[j] % windowWidth;
    origin[j] = (group * channelsPerGroup() + c) * pixels;
    top[j] = int(r * dilationHeight) - int(padTop);
    left[j] = int(s * dilationWidth) - int(padLeft);
    // Along a row of results the input column advances by the stride: the first inside the image, and the
    // first beyond it. Branch-free: with eight unrolled branches SwiftShader takes minutes and 17 GB to
    // compile this.
    int begin = max((int(strideWidth) - 1 - left[j]) / int(strideWidth), 0);
    int end = clamp((int(width) - left[j] + int(strideWidth) - 1) / int(strideWidth), 0, int(resultWidth));
    low[j] = uint(begin);
    inRow[j] = uint(max(end - begin, 0));
  }
  uint end = min(endDepth, images * results);
  for (line = firstDepth / resultWidth; beginsLine(firstDepth, end, resultWidth); line++) {
    uint image = line / resultHeight, p = line % resultHeight;
    [[unroll]] for (uint j = 0u; j < COLUMNS; j++) {
      uint h = uint(top[j] + int(p * strideHeight));
      span[j] = mix(0u, inRow[j], h < height);
      // Left of the image this wraps around, and becomes valid once it is inside.
      rightAt[j] = image * channels * pixels + origin[j] + h * width + uint(left[j]);
    }
    [[unroll]] for (uint t = 0u; t < ROW_LOADS; t++) {
      leftAt[t] = (image * filters + group * m + rows[t]) * results + p * resultWidth;
    }
    accumulate(1u, strideWidth);
    if (p + 1u == resultHeight) addPart();
  }
  addPart();
#endif
  [[unroll]] for (uint i = 0u; i < ROWS; i++) {
    [[unroll]] for (uint j = 0u; j < COLUMNS; j++) {
      uint row = firstRow + i;
      if (row >= m || firstColumn + 8u * j >= n) continue;
#if PASS == 0
      uint place = (columns[j] / results * filters + group * m + row) * results + columns[j] % results;
      STORE(place, total[i][j]);
#elif PASS == 1
      if (isPixel[j]) STORE(places[j] + row * pixels, total[i][j]);
#else
      STORE((group * m + row) * n + columns[j], total[i][j]);
#endif
    }
  }
}
