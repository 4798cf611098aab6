// For devices that are processors, and for float64 on all: a workgroup of 8 invocations, one vector register's worth, makes
// ROWS rows of 8 · COLUMNS columns in registers, without shared memory; fewer in float64, for which cards have no more than
// half as many. Where an element of the right matrix lies, and whether it is in the padding, is worked out outside of the
// innermost loop.
// Long sums are made of short ones: less is rounded away.
REAL total[ROWS][COLUMNS], part[ROWS][COLUMNS];

void addPart() {
  [[unroll]] for (uint i = 0u; i < ROWS; i++) {
    [[unroll]] for (uint j = 0u; j < COLUMNS; j++) {
      total[i][j] += part[i][j];
      part[i][j] = 0.0;
    }
  }
}

// Adds the products of `count` elements of each row and column, `leftStep` and `rightStep` apart. Of a column's elements
// only the `span` ones from `low` on are inside; the others are padding.
void accumulate(
  uint count, uint leftAt[ROWS], uint leftStep, uint rightAt[COLUMNS], uint rightStep, uint low[COLUMNS], uint span[COLUMNS]
) {
  for (uint l = 0u; l < count; l++) {
    REAL right[COLUMNS];
    [[unroll]] for (uint j = 0u; j < COLUMNS; j++) {
      bool inside = l - low[j] < span[j];
      REAL value = FIRST_AT(inside ? rightAt[j] + l * rightStep : 0u);
      right[j] = inside ? value : REAL(0.0);
    }
    [[unroll]] for (uint i = 0u; i < ROWS; i++) {
      REAL left = SECOND_AT(leftAt[i] + l * leftStep);
      [[unroll]] for (uint j = 0u; j < COLUMNS; j++) part[i][j] = fma(left, right[j], part[i][j]);
    }
  }
}

void convolve(uint group, uint rowOfTiles, uint columnOfTiles) {
  uint firstRow = rowOfTiles * ROWS;
  uint firstColumn = columnOfTiles * 8u * COLUMNS + gl_LocalInvocationID.x;
  uint m = rowCount(), n = columnCount();
  if (columnOfTiles * 8u * COLUMNS >= n) return;
  uint window = windowHeight * windowWidth, results = resultHeight * resultWidth, pixels = height * width;
  // Beyond the edge the last row or column is computed again and not stored.
  uint rows[ROWS], columns[COLUMNS];
  [[unroll]] for (uint i = 0u; i < ROWS; i++) rows[i] = min(firstRow + i, m - 1u);
  [[unroll]] for (uint j = 0u; j < COLUMNS; j++) columns[j] = min(firstColumn + 8u * j, n - 1u);
  [[unroll]] for (uint i = 0u; i < ROWS; i++) [[unroll]] for (uint j = 0u; j < COLUMNS; j++) total[i][j] = part[i][j] = 0.0;
  uint leftAt[ROWS], rightAt[COLUMNS], low[COLUMNS], span[COLUMNS];
#if PASS == 0
  for (uint r = 0u; r < windowHeight; r++) {
    for (uint s = 0u; s < windowWidth; s++) {
      [[unroll]] for (uint j = 0u; j < COLUMNS; j++) {
        uint p = columns[j] / resultWidth % resultHeight, q = columns[j] % resultWidth;
        int h = int(p * strideHeight + r * dilationHeight) - int(padTop);
        int w = int(q * strideWidth + s * dilationWidth) - int(padLeft);
        low[j] = 0u;
        span[j] = h >= 0 && h < int(height) && w >= 0 && w < int(width) ? channelsPerGroup() : 0u;
        uint channel = columns[j] / results * channels + group * channelsPerGroup();
        rightAt[j] = channel * pixels + uint(h) * width + uint(w);
      }
      [[unroll]] for (uint i = 0u; i < ROWS; i++) {
        leftAt[i] = (group * m + rows[i]) * channelsPerGroup() * window + r * windowWidth + s;
      }
      accumulate(channelsPerGroup(), leftAt, window, rightAt, pixels, low, span);
    }
    addPart();
  }
#elif PASS == 1
  for (uint r = 0u; r < windowHeight; r++) {
    for (uint s = 0u; s < windowWidth; s++) {
      [[unroll]] for (uint j = 0u; j < COLUMNS; j++) {
        int row = int(columns[j] / width % height + padTop) - int(r * dilationHeight);
        int column = int(columns[j] % width + padLeft) - int(s * dilationWidth);
        uint p = uint(row) / strideHeight, q = uint(column) / strideWidth;
        bool inside = row >= 0 && column >= 0 && p * strideHeight == uint(row) && q * strideWidth == uint(column)
          && p < resultHeight && q < resultWidth;
        low[j] = 0u;
        span[j] = inside ? filtersPerGroup() : 0u;
        uint filterNumber = columns[j] / pixels * filters + group * filtersPerGroup();
        rightAt[j] = filterNumber * results + p * resultWidth + q;
      }
      [[unroll]] for (uint i = 0u; i < ROWS; i++) {
        leftAt[i] = (group * filtersPerGroup() * m + rows[i]) * window + r * windowWidth + s;
      }
      accumulate(filtersPerGroup(), leftAt, m * window, rightAt, results, low, span);
    }
    addPart();
  }
#else
  for (uint image = 0u; image < images; image++) {
    for (uint p = 0u; p < resultHeight; p++) {
      [[unroll]] for (uint j = 0u; j < COLUMNS; j++) {
        uint c = columns[j] / window, r = columns[j] / windowWidth % windowHeight, s = columns[j] % windowWidth;
        int h = int(p * strideHeight + r * dilationHeight) - int(padTop), w = int(s * dilationWidth) - int(padLeft);
        // Along a row of results, w goes up by strides: the first that is not left of the image, and the first beyond it.
        // Without branches: with them, eight times over, SwiftShader takes minutes and 17 GB to compile this.
        int begin = max((int(strideWidth) - 1 - w) / int(strideWidth), 0);
        int end = clamp((int(width) - w + int(strideWidth) - 1) / int(strideWidth), 0, int(resultWidth));
        low[j] = uint(begin);
        span[j] = mix(0u, uint(max(end - begin, 0)), uint(h) < height);
        // Left of the image this wraps around, and comes back once it is inside.
        rightAt[j] = ((image * channels + group * channelsPerGroup() + c) * height + uint(h)) * width + uint(w);
      }
      [[unroll]] for (uint i = 0u; i < ROWS; i++) {
        leftAt[i] = (image * filters + group * m + rows[i]) * results + p * resultWidth;
      }
      accumulate(resultWidth, leftAt, 1u, rightAt, strideWidth, low, span);
    }
    addPart();
  }
#endif
  [[unroll]] for (uint i = 0u; i < ROWS; i++) {
    [[unroll]] for (uint j = 0u; j < COLUMNS; j++) {
      if (firstRow + i < m && firstColumn + 8u * j < n) store(group, firstRow + i, firstColumn + 8u * j, total[i][j]);
    }
  }
}
