// The three passes of a convolution as products of matrices that are never laid out: a[m, k] · b[k, n] → y[m, n], one
// product for each group of channels. N images of C channels and H×W pixels, K filters of R×S, results of P×Q, all of
// REAL numbers, float or double. FIRST_AT(i) and SECOND_AT(i) are the operands' elements, STORE(i, value) takes the result's.
//
// PASS 0, forward:          m filter, n (image, p, q), k (channel, r, s)
// PASS 1, input gradient:   m channel, n (image, h, w), k (filter, r, s)
// PASS 2, weight gradient:  m filter, n (channel, r, s), k (image, p, q)
//
// With strides, not all elements of the window meet a pixel in its gradient: those that do depend on what h and w leave by
// the strides. So PASS 1 is one dense product for each of these phases, of every strideHeight-th row and strideWidth-th
// column of pixels, and of the elements of the window that meet them, which are phaseHeight and phaseWidth apart.
uint channelsPerGroup() { return channels / groups; }
uint filtersPerGroup() { return filters / groups; }

#if PASS == 1
uint phaseRows() { return (height + strideHeight - 1u) / strideHeight; }
uint phaseColumns() { return (width + strideWidth - 1u) / strideWidth; }

// The first element of a window that meets pixels of a phase; `apart` or more if there is none.
uint firstMet(uint phase, uint stride, uint dilation, uint apart) {
  uint r = 0u;
  while (r < apart && r * dilation % stride != phase) r++;
  return r;
}

// How many do, from the first one on.
uint countMet(uint first, uint window, uint apart) { return first < min(window, apart) ? (window - 1u - first) / apart + 1u : 0u; }
#endif

// Elements of the result of all groups and phases.
uint resultCount() {
#if PASS == 0
  return images * filters * resultHeight * resultWidth;
#elif PASS == 1
  return images * channels * height * width;
#else
  return filters * channelsPerGroup() * windowHeight * windowWidth;
#endif
}

// The matrices' sizes; of PASS 1, for one phase.
#if PASS == 0
uint rowCount() { return filtersPerGroup(); }
uint columnCount() { return images * resultHeight * resultWidth; }
uint phaseCount() { return 1u; }
#elif PASS == 1
uint rowCount() { return channelsPerGroup(); }
uint columnCount() { return images * phaseRows() * phaseColumns(); }
uint phaseCount() { return strideHeight * strideWidth; }
#else
uint rowCount() { return filtersPerGroup(); }
uint columnCount() { return channelsPerGroup() * windowHeight * windowWidth; }
uint phaseCount() { return 1u; }
#endif
