import CKernels
import Tensors

extension lemnos_windows {
  /// Window parameters in the form of the C kernels.
  init(
    channels: Int, image: (h: Int, w: Int), window: (r: Int, s: Int), results: (p: Int, q: Int),
    _ geometry: WindowGeometry
  ) {
    let n = { (x: Int) in Int64(x) }
    self.init(
      c: n(channels), h: n(image.h), w: n(image.w), r: n(window.r), s: n(window.s), p: n(results.p),
      q: n(results.q),
      stride_h: n(geometry.stride[0]), stride_w: n(geometry.stride[1]), top: n(geometry.padding[0]),
      left: n(geometry.padding[2]), dilation_h: n(geometry.dilation[0]), dilation_w: n(geometry.dilation[1]))
  }
}
