import CKernels
import Programs
import ReferenceKernels

extension Accelerated {
  /// The filter gradient of a depthwise convolution.
  ///
  /// Fast because neighbouring channels are the lanes of a vector, and images are read once.
  ///
  /// Partial sums over parts of the images are added in a fixed order, so the rounding is deterministic.
  static func depthwiseGradient(
    _ kernel: ConvolutionKernel, _ windows: lemnos_convolution, parts: Int, x: UnsafePointer<Float>,
    dy: UnsafePointer<Float>, dw: UnsafeMutablePointer<Float>?, _ epilogue: Epilogue?,
    in totals: UnsafeMutablePointer<Float>
  ) -> [Work] {
    var windows = windows
    windows.x = x
    let taps = kernel.filterCount
    let multiplying = Work(extent: parts, grain: 1) { [windows] range in
      for part in range {
        withUnsafePointer(to: windows) {
          lemnos_depthwise_gradient(
            $0, dy, Int64(kernel.n * part / parts), Int64(kernel.n * (part + 1) / parts),
            totals + part * taps * kernel.groups)
        }
      }
    }
    let gathering = Work(extent: kernel.groups, grain: max(1, 16_384 / max(parts * taps, 1))) {
      [windows] filters in
      let made = filters.lowerBound * taps..<filters.upperBound * taps
      let to =
        dw.map { $0 + made.lowerBound } ?? lemnos_scratch(LEMNOS_SCRATCH_RESULTS, Int64(made.count))
      guard let to else { return }
      withUnsafePointer(to: windows) {
        lemnos_depthwise_gather(
          $0, totals, Int64(parts), Int64(filters.lowerBound), Int64(filters.upperBound), to)
      }
      epilogue?.chain.run(made, local: to)
    }
    return [multiplying, gathering]
  }
}
