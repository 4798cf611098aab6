import Programs
import Tensors

extension Reference {
  // N images, C channels, H×W pixels; K filters of R×S; P×Q results. Each pass sums one element of its result
  // at a time.
  static func convolution<Scalar: ReferenceScalar>(
    _ kernel: ConvolutionKernel, _: Scalar.Type, _ inputs: [Place], _ result: Place
  ) -> Work {
    let (a, b) = (inputs[0].pointer(to: Scalar.self), inputs[1].pointer(to: Scalar.self))
    let result = result.pointer(to: Scalar.self)
    let z = kernel
    let (cg, kg) = (z.channelsPerGroup, z.filtersPerGroup)
    let image = z.layout.strides(channels: z.c, height: z.h, width: z.w)
    let made = z.layout.strides(channels: z.k, height: z.p, width: z.q)
    func pixel(_ n: Int, _ c: Int, _ h: Int, _ w: Int) -> Int {
      n * image.n + c * image.c + h * image.h + w * image.w
    }
    func place(_ n: Int, _ k: Int, _ p: Int, _ q: Int) -> Int {
      n * made.n + k * made.c + p * made.h + q * made.w
    }
    switch z.pass {
    case .forward:
      return Work(extent: z.n * z.k * z.p * z.q, grain: grain(cg * z.r * z.s)) { range in
        for index in range {
          let (n, k, p, q) = (
            index / (z.k * z.p * z.q), index / (z.p * z.q) % z.k, index / z.q % z.p, index % z.q
          )
          var total = 0.0
          for c in 0..<cg {
            for r in 0..<z.r {
              for s in 0..<z.s {
                guard let (h, w) = z.pixel(p, q, r, s) else { continue }
                let channel = k / kg * cg + c
                total +=
                  a[pixel(n, channel, h, w)].number
                  * b[((k * cg + c) * z.r + r) * z.s + s].number
              }
            }
          }
          result[place(n, k, p, q)] = Scalar(total)
        }
      }
    case .inputGradient:
      return Work(extent: z.n * z.c * z.h * z.w, grain: grain(kg * z.r * z.s)) { range in
        for index in range {
          let (n, c, h, w) = (
            index / (z.c * z.h * z.w), index / (z.h * z.w) % z.c, index / z.w % z.h, index % z.w
          )
          var total = 0.0
          for filter in 0..<kg {
            let k = c / cg * kg + filter
            for r in 0..<z.r {
              for s in 0..<z.s {
                guard let (p, q) = z.result(h, w, r, s) else { continue }
                total +=
                  a[place(n, k, p, q)].number
                  * b[((k * cg + c % cg) * z.r + r) * z.s + s].number
              }
            }
          }
          result[pixel(n, c, h, w)] = Scalar(total)
        }
      }
    case .weightGradient:
      return Work(extent: z.k * cg * z.r * z.s, grain: grain(z.n * z.p * z.q)) { range in
        for index in range {
          let (k, c, r, s) = (
            index / (cg * z.r * z.s), index / (z.r * z.s) % cg, index / z.s % z.r, index % z.s
          )
          let channel = k / kg * cg + c
          var total = 0.0
          for n in 0..<z.n {
            for p in 0..<z.p {
              for q in 0..<z.q {
                guard let (h, w) = z.pixel(p, q, r, s) else { continue }
                total +=
                  a[pixel(n, channel, h, w)].number
                  * b[place(n, k, p, q)].number
              }
            }
          }
          result[index] = Scalar(total)
        }
      }
    }
  }
}

extension ConvolutionKernel {
  /// The pixel under element (r, s) of the window for result (p, q); nil in the padding.
  @inline(__always)
  fileprivate func pixel(_ p: Int, _ q: Int, _ r: Int, _ s: Int) -> (h: Int, w: Int)? {
    let h = p * geometry.stride[0] + r * geometry.dilation[0] - geometry.padding[0]
    let w = q * geometry.stride[1] + s * geometry.dilation[1] - geometry.padding[2]
    return h >= 0 && h < self.h && w >= 0 && w < self.w ? (h, w) : nil
  }

  /// The result whose window has element (r, s) over pixel (h, w); nil if there is none.
  @inline(__always)
  fileprivate func result(_ h: Int, _ w: Int, _ r: Int, _ s: Int) -> (p: Int, q: Int)? {
    let y = h + geometry.padding[0] - r * geometry.dilation[0]
    let x = w + geometry.padding[2] - s * geometry.dilation[1]
    guard y >= 0, x >= 0, y % geometry.stride[0] == 0, x % geometry.stride[1] == 0 else { return nil }
    let (p, q) = (y / geometry.stride[0], x / geometry.stride[1])
    return p < self.p && q < self.q ? (p, q) : nil
  }
}
