import Lemnos
import Wording
import Workloads

/// The result of `lemnos bench steps` for one workload and batch size, as JSON.
struct StepTime: Encodable {
  let workload: String
  let batchSize: Int
  let backend: String
  let precision: Precision
  /// Arithmetic operations of a step.
  let flops: Int
  /// Bytes that a step's kernels read and write.
  let bytes: Int
  /// The peak memory of the process.
  ///
  /// Nil if several workloads were timed in the process, which share the peak.
  let peakMemoryBytes: Int?
  /// Nil if timing was off.
  let time: Time?

  struct Time: Encodable {
    /// Of one step, the median.
    let milliseconds: Double
    let fastestMilliseconds: Double
    /// The range from the 10th to the 90th percentile of the times, relative to their median.
    let spread: Double
    let steps: Int
    let examplesPerSecond: Double
    let gflopsPerSecond: Double
    let gigabytesPerSecond: Double
    /// From 0 to 1, or above if the measured peak was exceeded, for example from a cache.
    let shareOfPeakFlops: Double
    let shareOfPeakBandwidth: Double
    let peak: DevicePeak
  }

  /// - Parameter steps: the steps of one timing sample.
  init(
    _ run: WorkloadRun, precision: Precision, _ timing: Timing?, steps: Int, peak: DevicePeak?, memory: Int?
  ) {
    workload = run.workload.rawValue
    batchSize = run.batchSize
    backend = run.backendReason
    self.precision = precision
    (flops, bytes) = (run.flops, run.bytes)
    peakMemoryBytes = memory
    guard let timing, let peak else {
      time = nil
      return
    }
    let seconds = timing.median / Double(steps)
    let (flopRate, byteRate) = (Double(run.flops) / seconds, Double(run.bytes) / seconds)
    time = Time(
      milliseconds: seconds * 1e3, fastestMilliseconds: timing.minimum / Double(steps) * 1e3,
      spread: timing.spread, steps: timing.count * steps, examplesPerSecond: Double(run.batchSize) / seconds,
      gflopsPerSecond: flopRate * 1e-9, gigabytesPerSecond: byteRate * 1e-9,
      shareOfPeakFlops: flopRate / peak.flopsPerSecond, shareOfPeakBandwidth: byteRate / peak.bytesPerSecond,
      peak: peak)
  }
}

/// The same as text: a table whose rows are printed one by one.
enum StepTimeText {
  private static let widths = [26, 7, 10, 10, 8, 11, 9, 7, 13]

  static func heading(_ backend: String, timed: Bool) -> String {
    let titles = [
      "workload", "batch", "ms/step", "fastest", "spread", "examples/s", "GFLOP/s", "GB/s", "of peak",
    ]
    return "Backend: \(backend)\n" + (timed ? line(titles) : "")
  }

  /// Empty if nothing was timed.
  static func row(_ step: StepTime) -> String {
    guard let time = step.time else { return "" }
    return line([
      step.workload, step.batchSize.grouped, Column.milliseconds(time.milliseconds * 1e-3),
      Column.milliseconds(time.fastestMilliseconds * 1e-3), RateText.percent(time.spread),
      Int(time.examplesPerSecond.rounded()).grouped, RateText.rate(time.gflopsPerSecond),
      RateText.rate(time.gigabytesPerSecond),
      RateText.ofPeak(flops: time.shareOfPeakFlops, bytes: time.shareOfPeakBandwidth),
    ])
  }

  private static func line(_ cells: [String]) -> String {
    let rest = zip(cells.dropFirst(), widths.dropFirst()).map { Column.right($0, $1) }
    return Column.left(cells[0], widths[0]) + rest.joined() + "\n"
  }
}
