// The argmax index in the window of result i; X_AT(i) is a pixel of all planes.
int POOLING(Pooling z, uint i) {
  uint plane = planeOf(z, i);
  int best = -1;
  REAL greatest = REAL(0.0);
  for (uint place = 0u; place < z.windowHeight * z.windowWidth; place++) {
    int pixel = pooledPixel(z, i, place);
    if (pixel < 0) continue;
    REAL value = X_AT(plane + uint(pixel));
    // A NaN counts as the maximum, so that it propagates; among equals the first wins.
    if (best < 0 || (!(value <= greatest) && greatest == greatest)) {
      best = int(place);
      greatest = value;
    }
  }
  return max(best, 0);
}
