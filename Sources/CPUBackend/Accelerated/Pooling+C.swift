import CKernels
import Programs
import Tensors

extension Accelerated {
  /// Fast because the rows of a window that lie within the image are known before its elements are looked at.
  ///
  /// - Parameter elements: where the elements go that places are found of, with a pixel's channels side by side.
  static func pooling(
    _ kernel: PoolingKernel, _ inputs: [Place], _ result: Place, elements: Place? = nil
  ) -> Work? {
    // A dilated window may lie around the image and see none of it; the reference copes with that.
    guard inputs[0].type.dtype == .float32, kernel.geometry.dilation == [1, 1] else { return nil }
    let windows = Windows(
      lemnos_windows(
        channels: kernel.layout == .channelsLast ? kernel.c : kernel.planes, image: (kernel.h, kernel.w),
        window: (kernel.r, kernel.s),
        results: (kernel.p, kernel.q), kernel.geometry))
    let x = inputs[0].pointer(to: Float.self)
    let grain = max(1, 16_384 / max(kernel.p * kernel.q * kernel.r * kernel.s, 1))
    if kernel.layout == .channelsLast { return poolingLast(kernel, windows, inputs, result, elements) }
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
  /// Fast because the channels of a pixel go side by side through vector registers.
  private static func poolingLast(
    _ kernel: PoolingKernel, _ windows: Windows, _ inputs: [Place], _ result: Place, _ elements: Place?
  ) -> Work {
    let x = inputs[0].pointer(to: Float.self)
    let (results, window) = (kernel.n * kernel.p * kernel.q, kernel.c * kernel.r * kernel.s)
    let grain = max(1, 32_768 / max(window, 1))
    switch kernel.step {
    case .place:
      let places = result.pointer(to: UInt8.self)
      let y = elements?.pointer(to: Float.self)
      return Work(extent: results, grain: grain) { range in
        lemnos_max_pool_last(
          windows.pointer, x, places, y, Int64(range.lowerBound), Int64(range.upperBound))
      }
    case .pick:
      let (places, y) = (inputs[1].pointer(to: UInt8.self), result.pointer(to: Float.self))
      return Work(extent: results, grain: grain) { range in
        lemnos_max_pool_pick_last(
          windows.pointer, x, places, y, Int64(range.lowerBound), Int64(range.upperBound))
      }
    case .gradient:
      let (places, dx) = (inputs[1].pointer(to: UInt8.self), result.pointer(to: Float.self))
      return Work(extent: kernel.n, grain: max(1, grain / max(kernel.p * kernel.q, 1))) { images in
        lemnos_max_pool_gradient_last(
          windows.pointer, x, places, dx, Int64(images.lowerBound), Int64(images.upperBound))
      }
    }
  }
}

/// Windows at an address that stays.
private final class Windows {
  let pointer = UnsafeMutablePointer<lemnos_windows>.allocate(capacity: 1)
  init(_ windows: lemnos_windows) { pointer.initialize(to: windows) }
  deinit { pointer.deallocate() }
}
