import Programs
import Tensors

/// Reference for single elements of a product, in float64, with which every tile is compared.
struct ProductReference {
  let product: MatrixProduct
  let first: [Float]
  let second: [Float]

  /// An element of the result, and the sum of the magnitudes of its terms.
  func element(_ index: Int) -> (value: Double, magnitude: Double) {
    var (value, magnitude) = (0.0, 0.0)
    func add(_ a: Int, _ b: Int) {
      let term = Double(first[a]) * Double(second[b])
      value += term
      magnitude += abs(term)
    }
    switch product {
    case .matmul(let kernel):
      let (row, column) = (index / kernel.n, index % kernel.n)
      for l in 0..<kernel.k { add(kernel.a.place(row, l), kernel.b.place(l, column)) }
    case .convolution(let kernel):
      switch kernel.pass {
      case .forward: forward(kernel, index, add)
      case .inputGradient: inputGradient(kernel, index, add)
      case .weightGradient: weightGradient(kernel, index, add)
      }
    }
    return (value, magnitude)
  }

  private func forward(_ kernel: ConvolutionKernel, _ index: Int, _ add: (Int, Int) -> Void) {
    let (q, p) = (index % kernel.q, index / kernel.q % kernel.p)
    let (filter, image) = (index / (kernel.q * kernel.p) % kernel.k, index / (kernel.q * kernel.p * kernel.k))
    for c in 0..<kernel.channelsPerGroup {
      for r in 0..<kernel.r {
        for s in 0..<kernel.s {
          guard let x = kernel.pixel(image, kernel.channel(c, of: filter), p, q, r, s) else { continue }
          add(x, kernel.weight(filter, c, r, s))
        }
      }
    }
  }

  private func inputGradient(_ kernel: ConvolutionKernel, _ index: Int, _ add: (Int, Int) -> Void) {
    let channel = index / (kernel.w * kernel.h) % kernel.c
    let (c, group) = (channel % kernel.channelsPerGroup, channel / kernel.channelsPerGroup)
    let image = index / (kernel.w * kernel.h * kernel.c)
    let (row, column) = (index / kernel.w % kernel.h, index % kernel.w)
    for r in 0..<kernel.r {
      for s in 0..<kernel.s {
        // The only result for which this filter tap is at the pixel, if there is one.
        let p =
          (row + kernel.geometry.padding[0] - r * kernel.geometry.dilation[0]) / kernel.geometry.stride[0]
        let q =
          (column + kernel.geometry.padding[2] - s * kernel.geometry.dilation[1]) / kernel.geometry.stride[1]
        guard (0..<kernel.p).contains(p), (0..<kernel.q).contains(q),
          kernel.pixel(image, channel, p, q, r, s) == index
        else { continue }
        for filter in group * kernel.filtersPerGroup..<(group + 1) * kernel.filtersPerGroup {
          add(kernel.result(image, filter, p, q), kernel.weight(filter, c, r, s))
        }
      }
    }
  }

  private func weightGradient(_ kernel: ConvolutionKernel, _ index: Int, _ add: (Int, Int) -> Void) {
    let (s, r) = (index % kernel.s, index / kernel.s % kernel.r)
    let c = index / (kernel.s * kernel.r) % kernel.channelsPerGroup
    let filter = index / (kernel.s * kernel.r * kernel.channelsPerGroup)
    for image in 0..<kernel.n {
      for p in 0..<kernel.p {
        for q in 0..<kernel.q {
          guard let x = kernel.pixel(image, kernel.channel(c, of: filter), p, q, r, s) else { continue }
          add(x, kernel.result(image, filter, p, q))
        }
      }
    }
  }
}

extension MatrixLayout {
  fileprivate func place(_ row: Int, _ column: Int) -> Int {
    offset + (isTransposed ? column * stride + row : row * stride + column)
  }
}

extension ConvolutionKernel {
  /// The image channel of a filter's channel `c`.
  fileprivate func channel(_ c: Int, of filter: Int) -> Int {
    filter / filtersPerGroup * channelsPerGroup + c
  }

  /// The index of the pixel under a filter tap for a result; nil in the padding.
  fileprivate func pixel(_ image: Int, _ channel: Int, _ p: Int, _ q: Int, _ r: Int, _ s: Int) -> Int? {
    let row = p * geometry.stride[0] + r * geometry.dilation[0] - geometry.padding[0]
    let column = q * geometry.stride[1] + s * geometry.dilation[1] - geometry.padding[2]
    guard (0..<h).contains(row), (0..<w).contains(column) else { return nil }
    return ((image * c + channel) * h + row) * w + column
  }

  fileprivate func weight(_ filter: Int, _ channel: Int, _ r: Int, _ s: Int) -> Int {
    ((filter * channelsPerGroup + channel) * self.r + r) * self.s + s
  }

  fileprivate func result(_ image: Int, _ filter: Int, _ p: Int, _ q: Int) -> Int {
    ((image * k + filter) * self.p + p) * self.q + q
  }
}
