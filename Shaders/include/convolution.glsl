// The three passes of a convolution as products of matrices that are never laid out: a[m, k] · b[k, n] → y[m, n], one
// product for each group of channels. N images of C channels and H×W pixels, K filters of R×S, results of P×Q, all of
// REAL numbers, float or double. FIRST_AT(i) and SECOND_AT(i) are the operands' elements, STORE(i, value) takes the result's.
//
// PASS 0, forward:          m filter, n (image, p, q), k (channel, r, s)
// PASS 1, input gradient:   m channel, n (image, h, w), k (filter, r, s)
// PASS 2, weight gradient:  m filter, n (channel, r, s), k (image, p, q)
uint channelsPerGroup() { return channels / groups; }
uint filtersPerGroup() { return filters / groups; }

#if PASS == 0
uint rowCount() { return filtersPerGroup(); }
uint columnCount() { return images * resultHeight * resultWidth; }
uint depth() { return channelsPerGroup() * windowHeight * windowWidth; }
#elif PASS == 1
uint rowCount() { return channelsPerGroup(); }
uint columnCount() { return images * height * width; }
uint depth() { return filtersPerGroup() * windowHeight * windowWidth; }
#else
uint rowCount() { return filtersPerGroup(); }
uint columnCount() { return channelsPerGroup() * windowHeight * windowWidth; }
uint depth() { return images * resultHeight * resultWidth; }
#endif

REAL pixel(uint image, uint channel, uint p, uint q, uint r, uint s) {
  int h = int(p * strideHeight + r * dilationHeight) - int(padTop);
  int w = int(q * strideWidth + s * dilationWidth) - int(padLeft);
  if (h < 0 || h >= int(height) || w < 0 || w >= int(width)) return 0.0;
  return FIRST_AT(((image * channels + channel) * height + uint(h)) * width + uint(w));
}

// An element of the left matrix.
REAL leftAt(uint group, uint m, uint k) {
  uint window = windowHeight * windowWidth;
#if PASS == 0
  return SECOND_AT((group * filtersPerGroup() + m) * channelsPerGroup() * window + k);
#elif PASS == 1
  uint f = k / window;
  return SECOND_AT(((group * filtersPerGroup() + f) * channelsPerGroup() + m) * window + k % window);
#else
  uint results = resultHeight * resultWidth;
  uint image = k / results;
  return SECOND_AT((image * filters + group * filtersPerGroup() + m) * results + k % results);
#endif
}

// An element of the right matrix.
REAL rightAt(uint group, uint k, uint n) {
  uint window = windowHeight * windowWidth, results = resultHeight * resultWidth;
#if PASS == 0
  uint image = n / results, p = n / resultWidth % resultHeight, q = n % resultWidth;
  uint c = k / window, r = k / windowWidth % windowHeight, s = k % windowWidth;
  return pixel(image, group * channelsPerGroup() + c, p, q, r, s);
#elif PASS == 1
  uint image = n / (height * width), h = n / width % height, w = n % width;
  uint f = k / window, r = k / windowWidth % windowHeight, s = k % windowWidth;
  int atRow = int(h + padTop) - int(r * dilationHeight), atColumn = int(w + padLeft) - int(s * dilationWidth);
  if (atRow < 0 || atColumn < 0) return 0.0;
  uint p = uint(atRow) / strideHeight, q = uint(atColumn) / strideWidth;
  if (p * strideHeight != uint(atRow) || q * strideWidth != uint(atColumn)) return 0.0;
  if (p >= resultHeight || q >= resultWidth) return 0.0;
  return FIRST_AT(((image * filters + group * filtersPerGroup() + f) * resultHeight + p) * resultWidth + q);
#else
  uint image = k / results, p = k / resultWidth % resultHeight, q = k % resultWidth;
  uint c = n / window, r = n / windowWidth % windowHeight, s = n % windowWidth;
  return pixel(image, group * channelsPerGroup() + c, p, q, r, s);
#endif
}

void store(uint group, uint m, uint n, REAL value) {
#if PASS == 0
  uint results = resultHeight * resultWidth;
  STORE((n / results * filters + group * filtersPerGroup() + m) * results + n % results, value);
#elif PASS == 1
  uint pixels = height * width;
  STORE((n / pixels * channels + group * channelsPerGroup() + m) * pixels + n % pixels, value);
#else
  STORE((group * filtersPerGroup() + m) * columnCount() + n, value);
#endif
}
