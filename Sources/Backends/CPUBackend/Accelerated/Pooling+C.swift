import CKernels
import Execution
import Programs
import ReferenceKernels
import Tensors

extension Accelerated {
  /// Fast because the window's rows within the image are determined before its elements are read.
  static func pooling(_ kernel: PoolingKernel, _ inputs: [BufferView], _ result: BufferView) -> Work? {
    // A dilated window may lie around the image without touching it; only the reference handles that.
    guard inputs[0].type.dtype == .float32, kernel.geometry.dilation == [1, 1] else { return nil }
    if kernel.layout == .channelsLast { return poolingLast(kernel, inputs, result) }
    let windows = Windows(kernel)
    let x = inputs[0].pointer(to: Float.self)
    let grain = max(1, 16_384 / max(kernel.p * kernel.q * kernel.r * kernel.s, 1))
    switch kernel.step {
    case .place:
      let places = result.pointer(to: UInt8.self)
      return Work(extent: kernel.planes, grain: grain) { planes in
        lemnos_max_pool_places(windows.pointer, x, places, Int64(planes.lowerBound), Int64(planes.upperBound))
      }
    case .pick:
      let (places, y) = (inputs[1].pointer(to: UInt8.self), result.pointer(to: Float.self))
      return Work(extent: kernel.planes, grain: grain) { planes in
        lemnos_max_pool_pick(
          windows.pointer, x, places, y, Int64(planes.lowerBound), Int64(planes.upperBound))
      }
    case .gradient:
      let (places, dx) = (inputs[1].pointer(to: UInt8.self), result.pointer(to: Float.self))
      return Work(extent: kernel.planes, grain: grain) { planes in
        lemnos_max_pool_gradient(
          windows.pointer, x, places, dx, Int64(planes.lowerBound), Int64(planes.upperBound))
      }
    }
  }
}

extension Accelerated {
  /// Both steps in one, for NHWC images.
  ///
  /// Fast because it is vectorized over the channels.
  ///
  /// - Parameters:
  ///   - places: nil if not needed; `elements` likewise.
  static func pooling(_ kernel: PoolingKernel, _ x: BufferView, places: BufferView?, elements: BufferView?)
    -> Work
  {
    let windows = Windows(kernel)
    let (x, places, y) = (
      x.pointer(to: Float.self), places?.pointer(to: UInt8.self), elements?.pointer(to: Float.self)
    )
    return Work(extent: kernel.n * kernel.p * kernel.q, grain: grainLast(kernel)) { range in
      lemnos_max_pool_last(windows.pointer, x, places, y, Int64(range.lowerBound), Int64(range.upperBound))
    }
  }

  /// The least number of results for which waking another thread pays.
  private static func grainLast(_ kernel: PoolingKernel) -> Int {
    max(1, 32_768 / max(kernel.c * kernel.r * kernel.s, 1))
  }

  private static func poolingLast(_ kernel: PoolingKernel, _ inputs: [BufferView], _ result: BufferView)
    -> Work
  {
    let windows = Windows(kernel)
    let x = inputs[0].pointer(to: Float.self)
    switch kernel.step {
    case .place: return pooling(kernel, inputs[0], places: result, elements: nil)
    case .pick:
      let (places, y) = (inputs[1].pointer(to: UInt8.self), result.pointer(to: Float.self))
      return Work(extent: kernel.n * kernel.p * kernel.q, grain: grainLast(kernel)) { range in
        lemnos_max_pool_pick_last(
          windows.pointer, x, places, y, Int64(range.lowerBound), Int64(range.upperBound))
      }
    case .gradient:
      let (places, dx) = (inputs[1].pointer(to: UInt8.self), result.pointer(to: Float.self))
      return Work(extent: kernel.n, grain: max(1, grainLast(kernel) / max(kernel.p * kernel.q, 1))) {
        images in
        lemnos_max_pool_gradient_last(
          windows.pointer, x, places, dx, Int64(images.lowerBound), Int64(images.upperBound))
      }
    }
  }
}

/// Window parameters at a stable address.
private final class Windows {
  let pointer = UnsafeMutablePointer<lemnos_windows>.allocate(capacity: 1)

  init(_ kernel: PoolingKernel) {
    pointer.initialize(
      to: lemnos_windows(
        channels: kernel.layout == .channelsLast ? kernel.c : kernel.planes, image: (kernel.h, kernel.w),
        window: (kernel.r, kernel.s), results: (kernel.p, kernel.q), kernel.geometry))
  }

  deinit { pointer.deallocate() }
}

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
