// The three passes of a convolution as implicit GEMM: a[m, k] · b[k, n] → y[m, n], one product per group of
// channels. N images of C channels and H×W pixels, K filters of R×S, results of P×Q, all REAL, float or
// double. FIRST_AT(i) and SECOND_AT(i) read the operands, STORE(i, value) writes the result.
//
// PASS 0, forward:          m filter, n (image, p, q), k (channel, r, s)
// PASS 1, input gradient:   m channel, n (image, h, w), k (filter, r, s)
// PASS 2, weight gradient:  m filter, n (channel, r, s), k (image, p, q)
//
// With strides, a pixel's gradient uses only some filter taps, which depend on h and w modulo the strides. So
// PASS 1 is one dense product for each of these phases: of every strideHeight-th row and strideWidth-th
// column of pixels, and of the taps for them, which are phaseHeight and phaseWidth apart.
uint channelsPerGroup() { return channels / groups; }
uint filtersPerGroup() { return filters / groups; }

#if PASS == 1
uint phaseRows() { return (height + strideHeight - 1u) / strideHeight; }
uint phaseColumns() { return (width + strideWidth - 1u) / strideWidth; }

// The first filter tap of a phase; `apart` or more if there is none.
uint firstMet(uint phase, uint stride, uint dilation, uint apart) {
  uint r = 0u;
  while (r < apart && r * dilation % stride != phase) r++;
  return r;
}

// The number of taps of a phase, from the first one on.
uint countMet(uint first, uint window, uint apart) { return first < min(window, apart) ? (window - 1u - first) / apart + 1u : 0u; }
#endif

// Elements of the result over all groups and phases.
uint resultCount() {
#if PASS == 0
  return images * filters * resultHeight * resultWidth;
#elif PASS == 1
  return images * channels * height * width;
#else
  return filters * channelsPerGroup() * windowHeight * windowWidth;
#endif
}

// The sizes of the GEMM; for PASS 1, of one phase.
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
