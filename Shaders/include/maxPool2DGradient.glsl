// The sum of the gradients X_AT(r) of those results r whose maximum was pixel i, by their argmax indices
// PLACE_AT(r), in the order of the results. Visits only results whose windows contain the pixel: for
// non-overlapping 2×2 windows, one.
REAL POOLING(Pooling z, uint i) {
  uint plane = i / (z.height * z.width), pixel = i - plane * z.height * z.width;
  uint h = pixel / z.width + z.top, w = pixel % z.width + z.left;
  uint reachHeight = (z.windowHeight - 1u) * z.dilationHeight, reachWidth = (z.windowWidth - 1u) * z.dilationWidth;
  uint firstP = h < reachHeight ? 0u : (h - reachHeight + z.strideHeight - 1u) / z.strideHeight;
  uint firstQ = w < reachWidth ? 0u : (w - reachWidth + z.strideWidth - 1u) / z.strideWidth;
  uint lastP = min(h / z.strideHeight + 1u, z.resultHeight), lastQ = min(w / z.strideWidth + 1u, z.resultWidth);
  REAL total = REAL(0.0);
  for (uint p = firstP; p < lastP; p++) {
    uint down = h - p * z.strideHeight, r = z.dilationHeight == 1u ? down : down / z.dilationHeight;
    if (r * z.dilationHeight != down) continue;
    for (uint q = firstQ; q < lastQ; q++) {
      uint across = w - q * z.strideWidth, s = z.dilationWidth == 1u ? across : across / z.dilationWidth;
      if (s * z.dilationWidth != across) continue;
      uint index = (plane * z.resultHeight + p) * z.resultWidth + q;
      if (uint(PLACE_AT(index)) == r * z.windowWidth + s) total += X_AT(index);
    }
  }
  return total;
}
