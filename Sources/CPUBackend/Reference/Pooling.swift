import Programs
import Tensors

extension Reference {
  // Planes of H×W pixels, windows of R×S, P×Q results.
  static func pooling<Scalar: ReferenceScalar & AdditiveArithmetic>(
    _ kernel: PoolingKernel, _: Scalar.Type, _ inputs: [Place], _ result: Place
  ) -> Work {
    let z = kernel
    let a = inputs[0].pointer(to: Scalar.self)
    switch z.step {
    case .place:
      let result = result.pointer(to: UInt8.self)
      return Work(extent: z.planes * z.p * z.q, grain: grain(2 * z.r * z.s)) { range in
        for index in range {
          let plane = a + index / (z.p * z.q) * z.h * z.w
          var best: (place: Int, value: Scalar)?
          z.forEachPixel(of: index) { place, pixel in
            let value = plane[pixel]
            // A NaN counts as greatest, so that it comes through; of several the first stays.
            if best.map({ !(value <= $0.value) && $0.value == $0.value }) ?? true { best = (place, value) }
          }
          result[index] = UInt8(best?.place ?? 0)
        }
      }
    case .pick:
      let (places, result) = (inputs[1].pointer(to: UInt8.self), result.pointer(to: Scalar.self))
      return Work(extent: z.planes * z.p * z.q, grain: grain(4)) { range in
        for index in range {
          let pixel = z.pixel(of: index, at: Int(places[index]))
          result[index] = pixel.map { a[index / (z.p * z.q) * z.h * z.w + $0] } ?? .zero
        }
      }
    case .gradient:
      let (places, result) = (inputs[1].pointer(to: UInt8.self), result.pointer(to: Scalar.self))
      return Work(extent: z.planes, grain: grain(z.h * z.w)) { planes in
        for plane in planes {
          let dx = result + plane * z.h * z.w
          for pixel in 0..<z.h * z.w { dx[pixel] = .zero }
          for index in plane * z.p * z.q..<(plane + 1) * z.p * z.q {
            if let pixel = z.pixel(of: index, at: Int(places[index])) { dx[pixel] += a[index] }
          }
        }
      }
    }
  }
}

extension PoolingKernel {
  /// Where in its plane the pixel at a place of a result's window lies; nil in the padding.
  @inline(__always)
  fileprivate func pixel(of index: Int, at place: Int) -> Int? {
    let (p, q) = (index / self.q % self.p, index % self.q)
    let y = p * geometry.stride[0] + place / s * geometry.dilation[0] - geometry.padding[0]
    let x = q * geometry.stride[1] + place % s * geometry.dilation[1] - geometry.padding[2]
    return y >= 0 && y < h && x >= 0 && x < w ? y * w + x : nil
  }

  @inline(__always)
  fileprivate func forEachPixel(of index: Int, _ body: (_ place: Int, _ pixel: Int) -> Void) {
    for place in 0..<r * s {
      if let pixel = pixel(of: index, at: place) { body(place, pixel) }
    }
  }
}
