import CKernels
import Programs
import Tensors

#if OPENBLAS
import CBLAS

extension Accelerated {
  /// Fast because a matrix product does the arithmetic: an image's pixels are laid out under each element of
  /// the window first (im2col).
  ///
  /// Each thread takes a band of images, with room of its own for one image's columns.
  static func convolution(_ kernel: ConvolutionKernel, _ inputs: [Place], _ result: Place) -> [Work]? {
    guard result.type.dtype == .float32, min(kernel.n, kernel.k, kernel.c, kernel.p * kernel.q) > 0 else {
      return nil
    }
    useOneThreadPerCall()
    let bands = min(ThreadPool.shared.threadCount, kernel.n)
    let images = { (band: Int) in kernel.n * band / bands..<kernel.n * (band + 1) / bands }
    let columns = (0..<bands).map { _ in Block(byteCount: 4 * kernel.columnRows * kernel.p * kernel.q) }
    let (a, b) = (inputs[0].pointer(to: Float.self), inputs[1].pointer(to: Float.self))
    let result = result.pointer(to: Float.self)
    let windows = lemnos_windows(
      channels: kernel.channelsPerGroup, image: (kernel.h, kernel.w), window: (kernel.r, kernel.s),
      results: (kernel.p, kernel.q), kernel.geometry)
    func overBands(_ body: @escaping (_ band: Int, _ columns: UnsafeMutablePointer<Float>) -> Void) -> Work {
      Work(extent: bands, grain: 1) { range in
        for band in range { body(band, columns[band].base.assumingMemoryBound(to: Float.self)) }
      }
    }
    switch kernel.pass {
    case .forward:
      return [
        overBands { band, columns in
          for image in images(band) { kernel.forward(image, windows, a, b, columns, into: result) }
        }
      ]
    case .inputGradient:
      return [
        overBands { band, columns in
          for image in images(band) { kernel.inputGradient(image, windows, a, b, columns, into: result) }
        }
      ]
    case .weightGradient:
      // Each band adds up its own images; the bands are added in their order, so that the rounding is the same every time.
      let count = kernel.k * kernel.columnRows
      let partial = (0..<bands).map { _ in Block(byteCount: 4 * count) }
      return [
        overBands { band, columns in
          let sum = partial[band].base.assumingMemoryBound(to: Float.self)
          for image in images(band) {
            kernel.weightGradient(
              image, windows, a, b, columns, into: sum, adding: image > images(band).lowerBound)
          }
        },
        Work(extent: count, grain: 8192) { range in
          for index in range {
            result[index] = partial.reduce(0) { $0 + $1.base.assumingMemoryBound(to: Float.self)[index] }
          }
        },
      ]
    }
  }
}

extension ConvolutionKernel {
  /// Rows of one group's columns: an element of the window in a channel each.
  fileprivate var columnRows: Int { channelsPerGroup * r * s }

  // M = K / groups filters, L = C / groups · R · S, P·Q results.
  fileprivate func forward(
    _ image: Int, _ windows: lemnos_windows, _ x: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
    _ columns: UnsafeMutablePointer<Float>, into y: UnsafeMutablePointer<Float>
  ) {
    var windows = windows
    let (m, l, pixels) = (filtersPerGroup, columnRows, p * q)
    for group in 0..<groups {
      lemnos_image_to_columns(&windows, x + (image * c + group * channelsPerGroup) * h * w, columns)
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(m), Int32(pixels), Int32(l), 1,
        weights + group * m * l, Int32(l),
        columns, Int32(pixels), 0, y + (image * k + group * m) * pixels, Int32(pixels))
    }
  }

  fileprivate func inputGradient(
    _ image: Int, _ windows: lemnos_windows, _ dy: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
    _ columns: UnsafeMutablePointer<Float>, into dx: UnsafeMutablePointer<Float>
  ) {
    var windows = windows
    let (m, l, pixels) = (filtersPerGroup, columnRows, p * q)
    for group in 0..<groups {
      cblas_sgemm(
        CblasRowMajor, CblasTrans, CblasNoTrans, Int32(l), Int32(pixels), Int32(m), 1,
        weights + group * m * l, Int32(l),
        dy + (image * k + group * m) * pixels, Int32(pixels), 0, columns, Int32(pixels))
      lemnos_columns_to_image(&windows, columns, dx + (image * c + group * channelsPerGroup) * h * w)
    }
  }

  fileprivate func weightGradient(
    _ image: Int, _ windows: lemnos_windows, _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ columns: UnsafeMutablePointer<Float>, into dw: UnsafeMutablePointer<Float>, adding: Bool
  ) {
    var windows = windows
    let (m, l, pixels) = (filtersPerGroup, columnRows, p * q)
    for group in 0..<groups {
      lemnos_image_to_columns(&windows, x + (image * c + group * channelsPerGroup) * h * w, columns)
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(m), Int32(l), Int32(pixels), 1,
        dy + (image * k + group * m) * pixels, Int32(pixels), columns, Int32(pixels), adding ? 1 : 0,
        dw + group * m * l,
        Int32(l))
    }
  }
}
#else
extension Accelerated {
  /// Built without OpenBLAS.
  static func convolution(_ kernel: ConvolutionKernel, _ inputs: [Place], _ result: Place) -> [Work]? { nil }
}
#endif
