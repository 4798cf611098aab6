// Planes of H×W pixels, windows of R×S, results of P×Q.
struct Pooling {
  uint height, width, windowHeight, windowWidth, resultHeight, resultWidth;
  uint strideHeight, strideWidth, top, left, dilationHeight, dilationWidth;
};

// The offset of the plane of result i.
uint planeOf(Pooling z, uint i) { return i / (z.resultHeight * z.resultWidth) * (z.height * z.width); }

// The pixel at index `place` of result i's window, within its plane; −1 in the padding.
int pooledPixel(Pooling z, uint i, uint place) {
  uint p = i / z.resultWidth % z.resultHeight, q = i % z.resultWidth;
  int h = int(p * z.strideHeight + place / z.windowWidth * z.dilationHeight) - int(z.top);
  int w = int(q * z.strideWidth + place % z.windowWidth * z.dilationWidth) - int(z.left);
  return h >= 0 && h < int(z.height) && w >= 0 && w < int(z.width) ? h * int(z.width) + w : -1;
}
