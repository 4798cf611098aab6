import Programs
import Tensors

extension Reference {
  // Planes of H×W pixels, windows of R×S, P×Q results.
  static func pooling<Scalar: ReferenceScalar & AdditiveArithmetic>(
    _ kernel: PoolingKernel, _: Scalar.Type, _ inputs: [BufferView], _ result: BufferView
  ) -> Work {
    let z = kernel
    let a = inputs[0].pointer(to: Scalar.self)
    let image = z.layout.strides(channels: z.c, height: z.h, width: z.w)
    let made = z.layout.strides(channels: z.c, height: z.p, width: z.q)
    let results = z.planes * z.p * z.q
    // The offsets of a result, and of its channel's image.
    func place(_ index: Int) -> (result: Int, image: Int) {
      let (n, c) = (index / (z.p * z.q) / z.c, index / (z.p * z.q) % z.c)
      let (p, q) = (index / z.q % z.p, index % z.q)
      return (n * made.n + c * made.c + p * made.h + q * made.w, n * image.n + c * image.c)
    }
    func offset(_ pixel: (h: Int, w: Int)) -> Int { pixel.h * image.h + pixel.w * image.w }
    switch z.step {
    case .place:
      let result = result.pointer(to: UInt8.self)
      return Work(extent: results, grain: grain(2 * z.r * z.s)) { range in
        for index in range {
          let at = place(index)
          var best: (place: Int, value: Scalar)?
          z.forEachPixel(of: index) { place, pixel in
            let value = a[at.image + offset(pixel)]
            // A NaN counts as the maximum, so that it propagates; among equals the first wins.
            if best.map({ !(value <= $0.value) && $0.value == $0.value }) ?? true { best = (place, value) }
          }
          result[at.result] = UInt8(best?.place ?? 0)
        }
      }
    case .pick:
      let (places, result) = (inputs[1].pointer(to: UInt8.self), result.pointer(to: Scalar.self))
      return Work(extent: results, grain: grain(4)) { range in
        for index in range {
          let at = place(index)
          let pixel = z.pixel(of: index, at: Int(places[at.result]))
          result[at.result] = pixel.map { a[at.image + offset($0)] } ?? .zero
        }
      }
    case .gradient:
      let (places, result) = (inputs[1].pointer(to: UInt8.self), result.pointer(to: Scalar.self))
      return Work(extent: z.planes, grain: grain(z.h * z.w)) { planes in
        for plane in planes {
          let dx = result + place(plane * z.p * z.q).image
          for h in 0..<z.h {
            for w in 0..<z.w { dx[offset((h, w))] = .zero }
          }
          for index in plane * z.p * z.q..<(plane + 1) * z.p * z.q {
            let at = place(index).result
            if let pixel = z.pixel(of: index, at: Int(places[at])) { dx[offset(pixel)] += a[at] }
          }
        }
      }
    }
  }
}

extension PoolingKernel {
  /// The pixel under element `place` of a result's window; nil in the padding.
  @inline(__always)
  fileprivate func pixel(of index: Int, at place: Int) -> (h: Int, w: Int)? {
    let (p, q) = (index / self.q % self.p, index % self.q)
    let y = p * geometry.stride[0] + place / s * geometry.dilation[0] - geometry.padding[0]
    let x = q * geometry.stride[1] + place % s * geometry.dilation[1] - geometry.padding[2]
    return y >= 0 && y < h && x >= 0 && x < w ? (y, x) : nil
  }

  @inline(__always)
  fileprivate func forEachPixel(of index: Int, _ body: (_ place: Int, _ pixel: (h: Int, w: Int)) -> Void) {
    for place in 0..<r * s {
      if let pixel = pixel(of: index, at: place) { body(place, pixel) }
    }
  }
}
