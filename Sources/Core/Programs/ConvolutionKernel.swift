package import Tensors

/// One pass of a convolution: N images of C channels and H×W pixels, K filters of R×S, results of P×Q.
package struct ConvolutionKernel: Hashable, Sendable {
  package enum Pass: String, Sendable, CaseIterable {
    /// x `[N, C, H, W]` and w `[K, C / groups, R, S]` to y `[N, K, P, Q]`.
    case forward = "conv2D"
    /// dy `[N, K, P, Q]` and w to dx.
    case inputGradient = "conv2DInputGradient"
    /// x and dy to dw.
    case weightGradient = "conv2DWeightGradient"
  }

  package let pass: Pass
  package let n, c, h, w, k, r, s, p, q: Int
  package let groups: Int
  package let geometry: WindowGeometry

  /// The precision to which both inputs have been rounded: it represents each of their elements exactly.
  package let precision: Precision

  /// The memory layout of images, results and their gradients; filters are always `[K, C / groups, R, S]`.
  package let layout: ImageLayout

  /// Channels of one group.
  package var channelsPerGroup: Int { c / groups }

  /// Filters of one group.
  package var filtersPerGroup: Int { k / groups }

  /// The number of phases of a strided input gradient: sets of pixels that use the same filter taps.
  package var phaseCount: Int { pass == .inputGradient ? geometry.stride[0] * geometry.stride[1] : 1 }

  /// The number of matrix products: one per phase and group.
  package var matrixCount: Int { groups * phaseCount }

  /// The implicit GEMM of one group, phases taken together; `depth` is the length of the reduction.
  package var wholeMatrix: (rows: Int, columns: Int, depth: Int) {
    pass == .inputGradient ? (channelsPerGroup, n * h * w, filtersPerGroup * r * s) : matrix
  }

  /// The implicit GEMM of one group and phase; `depth` is the greatest length of its reductions.
  package var matrix: (rows: Int, columns: Int, depth: Int) {
    switch pass {
    case .forward: (filtersPerGroup, n * p * q, channelsPerGroup * r * s)
    case .inputGradient:
      (
        channelsPerGroup, n * phaseExtent(h, 0) * phaseExtent(w, 1),
        filtersPerGroup * phaseExtent(r, 0) * phaseExtent(s, 1)
      )
    case .weightGradient: (filtersPerGroup, channelsPerGroup * r * s, n * p * q)
    }
  }

  /// The maximum number of an axis' indices that belong to one phase.
  private func phaseExtent(_ extent: Int, _ axis: Int) -> Int {
    (extent + geometry.stride[axis] - 1) / geometry.stride[axis]
  }

  /// - Parameter inputs: their shapes, in the memory layout.
  init(_ operation: Convolution, inputs: [[Int]], result: [Int], layout: ImageLayout) {
    var (x, w, y): ([Int], [Int], [Int])
    precision = operation.precision
    self.layout = layout
    switch operation {
    case .forward(let geometry, let groups, _):
      (pass, self.geometry, self.groups) = (.forward, geometry, groups)
      (x, w, y) = (inputs[0], inputs[1], result)
    case .inputGradient(let geometry, let groups, _, _, _):
      (pass, self.geometry, self.groups) = (.inputGradient, geometry, groups)
      (x, w, y) = (result, inputs[1], inputs[0])
    case .weightGradient(let geometry, let groups, _, _):
      (pass, self.geometry, self.groups) = (.weightGradient, geometry, groups)
      (x, w, y) = (inputs[0], result, inputs[1])
    }
    (x, y) = (layout.channelsFirst(x), layout.channelsFirst(y))
    (n, c, h, self.w) = (x[0], x[1], x[2], x[3])
    (k, r, s) = (w[0], w[2], w[3])
    (p, q) = (y[2], y[3])
  }
}

/// One step of maximum pooling: N images of C channels and H×W pixels, windows of R×S, results of P×Q.
package struct PoolingKernel: Hashable, Sendable {
  package enum Step: String, Sendable, CaseIterable {
    /// x to argmax indices within the window, one byte each.
    case place = "maxPool2DPlace"
    /// x and argmax indices to y.
    case pick = "maxPool2DPick"
    /// dy and argmax indices to dx.
    case gradient = "maxPool2DGradient"
  }

  package let step: Step
  package let n, c, h, w, r, s, p, q: Int
  package let geometry: WindowGeometry

  /// The memory layout of images and results.
  package let layout: ImageLayout

  /// Channels of all images.
  package var planes: Int { n * c }

  /// - Parameter input: its shape, in the memory layout.
  init(_ operation: Pooling, input: [Int], result: [Int], layout: ImageLayout) {
    self.layout = layout
    var (x, y, window): ([Int], [Int], [Int])
    switch operation {
    case .maxPool2DPlace(let geometry, let size):
      (step, self.geometry, x, y, window) = (.place, geometry, input, result, size)
    case .maxPool2DPick(let geometry, let size):
      (step, self.geometry, x, y, window) = (.pick, geometry, input, result, size)
    case .maxPool2DGradient(let geometry, let size, _, _):
      (step, self.geometry, x, y, window) = (.gradient, geometry, result, input, size)
    }
    (x, y) = (layout.channelsFirst(x), layout.channelsFirst(y))
    (n, c) = (x[0], x[1])
    (h, w, r, s, p, q) = (x[2], x[3], window[0], window[1], y[2], y[3])
  }
}

extension ImageLayout {
  /// A shape of this layout with its axes in the order N, C, H, W.
  fileprivate func channelsFirst(_ shape: [Int]) -> [Int] {
    self == .channelsFirst ? shape : [shape[0], shape[3], shape[1], shape[2]]
  }
}
