// The sum of the gradients X_AT(r) of those results r whose greatest number was pixel i, by their places PLACE_AT(r), in
// the order of the windows.
REAL POOLING(Pooling z, uint i) {
  uint plane = i / (z.height * z.width), h = i / z.width % z.height, w = i % z.width;
  REAL total = REAL(0.0);
  for (uint r = z.windowHeight; r-- > 0u;) {
    int atRow = int(h + z.top) - int(r * z.dilationHeight);
    if (atRow < 0 || atRow % int(z.strideHeight) != 0 || atRow / int(z.strideHeight) >= int(z.resultHeight)) continue;
    for (uint s = z.windowWidth; s-- > 0u;) {
      int atColumn = int(w + z.left) - int(s * z.dilationWidth);
      if (atColumn < 0 || atColumn % int(z.strideWidth) != 0 || atColumn / int(z.strideWidth) >= int(z.resultWidth)) continue;
      uint index = (plane * z.resultHeight + uint(atRow) / z.strideHeight) * z.resultWidth + uint(atColumn) / z.strideWidth;
      if (uint(PLACE_AT(index)) == r * z.windowWidth + s) total += X_AT(index);
    }
  }
  return total;
}
