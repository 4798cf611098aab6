package import Programs
import Tensors

extension Reference {
  /// One element of a convolution's result in float64, and the sum of the magnitudes of its terms.
  ///
  /// - Parameter index: of the element, counted over `[N, K, P, Q]`, `[N, C, H, W]` or `[K, C / groups, R, S]`.
  package static func element(_ index: Int, of kernel: ConvolutionKernel, _ a: [Float], _ b: [Float])
    -> (value: Double, magnitude: Double)
  {
    element(index, of: ConvolutionTerms(kernel), a, b)
  }
}

/// The three passes of a convolution.
///
///     y[n, k, p, q] = Σ_crs x[n, c, h, w] · w[k, c, r, s]
///     dx[n, c, h, w] = Σ_krs dy[n, k, p, q] · w[k, c, r, s]
///     dw[k, c, r, s] = Σ_npq x[n, c, h, w] · dy[n, k, p, q]
///
/// where pixel (h, w) lies under element (r, s) of the window for result (p, q), and filter k and channel c are
/// of one group.
struct ConvolutionTerms: ProductTerms {
  // N images, C channels, H×W pixels; K filters of R×S; P×Q results.
  private let z: ConvolutionKernel
  private let image, made: (n: Int, c: Int, h: Int, w: Int)

  /// Channels and filters of a group.
  private let cg, kg: Int

  init(_ kernel: ConvolutionKernel) {
    z = kernel
    image = z.layout.strides(channels: z.c, height: z.h, width: z.w)
    made = z.layout.strides(channels: z.k, height: z.p, width: z.q)
    (cg, kg) = (z.channelsPerGroup, z.filtersPerGroup)
  }

  var resultCount: Int {
    switch z.pass {
    case .forward: z.n * z.k * z.p * z.q
    case .inputGradient: z.n * z.c * z.h * z.w
    case .weightGradient: z.k * cg * z.r * z.s
    }
  }

  var termCount: Int {
    switch z.pass {
    case .forward: cg * z.r * z.s
    case .inputGradient: kg * z.r * z.s
    case .weightGradient: z.n * z.p * z.q
    }
  }

  func address(of result: Int) -> Int {
    switch z.pass {
    case .forward:
      let (n, k, p, q) = coordinates(result, z.k, z.p, z.q)
      return resultAddress(n, k, p, q)
    case .inputGradient:
      let (n, c, h, w) = coordinates(result, z.c, z.h, z.w)
      return pixelAddress(n, c, h, w)
    case .weightGradient: return result
    }
  }

  @inline(__always)
  func forEachTerm(of result: Int, _ body: (_ first: Int, _ second: Int) -> Void) {
    switch z.pass {
    case .forward:
      let (n, k, p, q) = coordinates(result, z.k, z.p, z.q)
      for c in 0..<cg {
        for r in 0..<z.r {
          for s in 0..<z.s {
            guard let (h, w) = pixel(p, q, r, s) else { continue }
            body(pixelAddress(n, k / kg * cg + c, h, w), weightAddress(k, c, r, s))
          }
        }
      }
    case .inputGradient:
      let (n, c, h, w) = coordinates(result, z.c, z.h, z.w)
      for k in c / cg * kg..<(c / cg + 1) * kg {
        for r in 0..<z.r {
          for s in 0..<z.s {
            guard let (p, q) = window(h, w, r, s) else { continue }
            body(resultAddress(n, k, p, q), weightAddress(k, c % cg, r, s))
          }
        }
      }
    case .weightGradient:
      let (k, c, r, s) = coordinates(result, cg, z.r, z.s)
      for n in 0..<z.n {
        for p in 0..<z.p {
          for q in 0..<z.q {
            guard let (h, w) = pixel(p, q, r, s) else { continue }
            body(pixelAddress(n, k / kg * cg + c, h, w), resultAddress(n, k, p, q))
          }
        }
      }
    }
  }

  /// The coordinates of an element of a row-major array of four axes, of which the last three are given.
  @inline(__always)
  private func coordinates(_ index: Int, _ a: Int, _ b: Int, _ c: Int) -> (Int, Int, Int, Int) {
    (index / (a * b * c), index / (b * c) % a, index / c % b, index % c)
  }

  @inline(__always)
  private func pixelAddress(_ n: Int, _ c: Int, _ h: Int, _ w: Int) -> Int {
    n * image.n + c * image.c + h * image.h + w * image.w
  }

  @inline(__always)
  private func resultAddress(_ n: Int, _ k: Int, _ p: Int, _ q: Int) -> Int {
    n * made.n + k * made.c + p * made.h + q * made.w
  }

  @inline(__always)
  private func weightAddress(_ k: Int, _ c: Int, _ r: Int, _ s: Int) -> Int {
    ((k * cg + c) * z.r + r) * z.s + s
  }

  /// The pixel under element (r, s) of the window for result (p, q); nil in the padding.
  @inline(__always)
  private func pixel(_ p: Int, _ q: Int, _ r: Int, _ s: Int) -> (h: Int, w: Int)? {
    let h = p * z.geometry.stride[0] + r * z.geometry.dilation[0] - z.geometry.padding[0]
    let w = q * z.geometry.stride[1] + s * z.geometry.dilation[1] - z.geometry.padding[2]
    return h >= 0 && h < z.h && w >= 0 && w < z.w ? (h, w) : nil
  }

  /// The result whose window has element (r, s) over pixel (h, w); nil if there is none.
  @inline(__always)
  private func window(_ h: Int, _ w: Int, _ r: Int, _ s: Int) -> (p: Int, q: Int)? {
    let y = h + z.geometry.padding[0] - r * z.geometry.dilation[0]
    let x = w + z.geometry.padding[2] - s * z.geometry.dilation[1]
    guard y >= 0, x >= 0, y % z.geometry.stride[0] == 0, x % z.geometry.stride[1] == 0 else { return nil }
    let (p, q) = (y / z.geometry.stride[0], x / z.geometry.stride[1])
    return p < z.p && q < z.q ? (p, q) : nil
  }
}
