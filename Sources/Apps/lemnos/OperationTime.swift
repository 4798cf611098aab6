import Lemnos
import Workloads

/// The result of `lemnos bench ops` for one operation.
struct OperationTime: Encodable {
  let operation: String
  /// The median.
  let milliseconds: Double
  let fastestMilliseconds: Double
  let flops: Int
  let bytes: Int
  let gflopsPerSecond: Double
  let gigabytesPerSecond: Double
  let shareOfPeakFlops: Double
  let shareOfPeakBandwidth: Double

  init(_ name: String, _ measured: OperationCase.Measurement, comparedWith peak: DevicePeak) {
    let seconds = measured.timing.median
    let (flopRate, byteRate) = (Double(measured.flops) / seconds, Double(measured.bytes) / seconds)
    operation = name
    (milliseconds, fastestMilliseconds) = (seconds * 1e3, measured.timing.minimum * 1e3)
    (flops, bytes) = (measured.flops, measured.bytes)
    (gflopsPerSecond, gigabytesPerSecond) = (flopRate * 1e-9, byteRate * 1e-9)
    shareOfPeakFlops = flopRate / peak.flopsPerSecond
    shareOfPeakBandwidth = byteRate / peak.bytesPerSecond
  }

  /// The row for a table.
  var cells: [String] {
    [
      operation, Column.milliseconds(milliseconds * 1e-3), Column.milliseconds(fastestMilliseconds * 1e-3),
      RateText.rate(gflopsPerSecond), RateText.rate(gigabytesPerSecond),
      RateText.ofPeak(flops: shareOfPeakFlops, bytes: shareOfPeakBandwidth),
    ]
  }
}
