import CKernels
import Programs
import ReferenceKernels

extension Accelerated {
  /// The input gradient of few channels by col2im.
  ///
  /// Fast because vectors are full: all elements of a window are computed at once.
  ///
  /// Each pixel's sum has a fixed order, independent of the number of threads.
  static func col2im(
    _ kernel: ConvolutionKernel, _ forward: lemnos_convolution, dy: UnsafePointer<Float>,
    weights: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>?, _ epilogue: Epilogue?,
    in packed: UnsafeMutablePointer<Float>
  ) -> [Work] {
    let (bands, row) = (kernel.bandCount, kernel.w * kernel.c)
    let packing = Work(extent: 1, grain: 1) { _ in
      withUnsafePointer(to: forward) { lemnos_col2im_pack($0, weights, packed) }
    }
    let adding = Work(extent: kernel.n * bands, grain: 1) { units in
      for unit in units {
        let (image, band) = (unit / bands, unit % bands)
        let rows = kernel.h * band / bands..<kernel.h * (band + 1) / bands
        let made =
          (image * kernel.h + rows.lowerBound) * row..<(image * kernel.h + rows.upperBound) * row
        let to =
          dx.map { $0 + made.lowerBound }
          ?? lemnos_scratch(LEMNOS_SCRATCH_RESULTS, Int64(made.count))
        guard let to else { continue }
        withUnsafePointer(to: forward) {
          lemnos_col2im(
            $0, dy, packed, Int64(image), Int64(rows.lowerBound), Int64(rows.upperBound), to)
        }
        epilogue?.chain.run(made, local: to)
      }
    }
    return [packing, adding]
  }
}

extension ConvolutionKernel {
  /// Bands of rows per image: more than one where there are few images for many threads.
  ///
  /// A band is at least four windows high, because windows over its edges are computed twice.
  fileprivate var bandCount: Int { max(1, min(leastUnits / n, h / (4 * r))) }
}
