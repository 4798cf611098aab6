import Lemnos
import Wording

/// Rates, and their shares of the device's measured peak, as text.
enum RateText {
  /// A rate in GFLOP/s or GB/s.
  static func rate(_ x: Double) -> String {
    x >= 1000 ? Int(x.rounded()).grouped : NumberText.decimal(x, x < 10 ? 2 : x < 100 ? 1 : 0)
  }

  static func percent(_ share: Double, _ places: Int = 0) -> String {
    NumberText.decimal(100 * share, places) + " %"
  }

  /// The larger share of the two roofline limits: the one that bounds the kernel.
  static func ofPeak(flops: Double, bytes: Double) -> String {
    flops > bytes ? percent(flops) + " flops" : percent(bytes) + " bytes"
  }

  /// The measured peak and how it was measured, in sentences.
  static func sentences(_ peak: DevicePeak) -> String {
    let size = "\(peak.matrixSize.grouped)×\(peak.matrixSize.grouped)"
    return "The peak was measured in \(NumberText.decimal(peak.seconds, 2)) s: "
      + "\(rate(peak.flopsPerSecond * 1e-9)) GFLOP/s in a float32 product of \(size) matrices, "
      + "\(rate(peak.bytesPerSecond * 1e-9)) GB/s in a copy of \(peak.copiedByteCount.inMegabytes(decimals: 0)). "
      + "A share above 100 % is due to a cache or a better shape."
  }
}
