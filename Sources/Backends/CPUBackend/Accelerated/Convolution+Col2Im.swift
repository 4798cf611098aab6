import CKernels
import Programs
import ReferenceKernels
import Tensors

extension ConvolutionKernel {
  /// True if it is an input gradient of few channels, computed by col2im.
  var isAddedUp: Bool {
    guard pass == .inputGradient else { return false }
    return withUnsafePointer(to: forward.windows) { lemnos_col2im_pays($0) != 0 }
  }

  /// The floats of the filters packed for col2im.
  var addedUpCount: Int { withUnsafePointer(to: forward.windows) { Int(lemnos_col2im_packed_count($0)) } }

  /// Bands of rows per image: more than one where there are few images for many threads.
  fileprivate var bandCount: Int { max(1, min(16 / n, h / (4 * r))) }
}

extension Accelerated {
  /// Fast because vectors are full: all elements of a window are computed at once.
  ///
  /// Each pixel's sum has a fixed order, independent of the number of threads.
  static func addedUp(
    _ kernel: ConvolutionKernel, dy: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    dx: UnsafeMutablePointer<Float>?, _ epilogue: Epilogue?, in packed: UnsafeMutablePointer<Float>
  ) -> [Work] {
    let (windows, bands, row) = (kernel.forward.windows, kernel.bandCount, kernel.w * kernel.c)
    let packing = Work(extent: 1, grain: 1) { _ in
      withUnsafePointer(to: windows) { lemnos_col2im_pack($0, weights, packed) }
    }
    let adding = Work(extent: kernel.n * bands, grain: 1) { units in
      for unit in units {
        let (image, band) = (unit / bands, unit % bands)
        let rows = kernel.h * band / bands..<kernel.h * (band + 1) / bands
        let made = (image * kernel.h + rows.lowerBound) * row..<(image * kernel.h + rows.upperBound) * row
        // Offset so that indices of the whole result address the unit's scratch buffer.
        let to = dx ?? lemnos_scratch(LEMNOS_SCRATCH_RESULTS, Int64(made.count)) - made.lowerBound
        withUnsafePointer(to: windows) {
          lemnos_col2im(
            $0, dy, packed, Int64(image), Int64(rows.lowerBound), Int64(rows.upperBound), to)
        }
        epilogue?.chain.run(made, local: to + made.lowerBound)
      }
    }
    return [packing, adding]
  }
}
