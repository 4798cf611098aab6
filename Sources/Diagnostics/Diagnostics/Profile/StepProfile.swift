package import Devices
public import Execution
import Programs

/// The time of a training step, kernel by kernel.
///
/// Times, calls, flops and bytes are per step, averaged over the profiled steps.
public struct StepProfile: Encodable, Sendable {
  /// The instructions of one kernel in one layer.
  public struct Row: Encodable, Hashable, Sendable {
    public let kernel: String
    /// The layer; for kernels outside layers, the state that they write (→) or the parameter that they read,
    /// else the type of their result.
    public let layer: String
    public let calls: Int
    public let microseconds: Double
    /// Of the profiled step, from 0 to 1.
    public let share: Double
    /// Arithmetic operations.
    public let flops: Int
    /// Read and written, each element once.
    public let bytes: Int
    public let gflopsPerSecond: Double
    public let gigabytesPerSecond: Double
    /// From 0 to 1; above 1 if the measured peak was exceeded, for example by caching.
    public let shareOfPeakFlops: Double
    public let shareOfPeakBandwidth: Double
    /// The predicted time, on a GPU with known figures.
    public let expectedMicroseconds: Double?
  }

  /// A sentence that names the backend and the reason for its choice.
  public let backend: String
  public let steps: Int
  public let batchSize: Int
  /// Dispatches of a device, or kernels run by the CPU.
  public let dispatches: Int
  /// Dispatches of one level are independent of one another.
  public let levels: Int
  /// Full barriers per step; nil on the CPU, where kernels run one after another.
  public let barriers: Int?
  /// Of a step without timestamps, as in training.
  public let stepMicroseconds: Double
  /// The predicted time of such a step, on a GPU with known figures.
  public let expectedMicroseconds: Double?
  /// Of a step with timestamps: from the start of its first kernel to the end of its last.
  public let profiledStepMicroseconds: Double
  /// The sum over all kernels; the rest of a profiled step is between them.
  public let kernelMicroseconds: Double
  public let flops: Int
  public let bytes: Int
  public let peak: DevicePeak
  /// The slowest first.
  public let rows: [Row]

  /// Every instruction of every profiled step.
  package let events: [StepEvent]

  private enum CodingKeys: CodingKey {
    case backend, steps, batchSize, dispatches, levels, barriers, stepMicroseconds, profiledStepMicroseconds
    case expectedMicroseconds
    case kernelMicroseconds, flops, bytes, peak, rows
  }
}

/// One instruction of one profiled step.
package struct StepEvent: Hashable, Sendable {
  package let step: Int
  package let kernel: String
  package let layer: String
  package let level: Int
  package let flops: Int
  package let bytes: Int

  /// From the beginning of the profile, in nanoseconds.
  package let start: UInt64
  package let end: UInt64

  package var nanoseconds: UInt64 { end - start }
}

extension StepProfile {
  /// - Parameters:
  ///   - times: at least one.
  ///   - stepMicroseconds: of a step without timestamps.
  package init(
    of executable: any ProfiledExecutable, times: [InstructionTime], stepMicroseconds: Double,
    peak: DevicePeak,
    backend: String, batchSize: Int, prediction: StepPrediction?
  ) {
    expectedMicroseconds = prediction.map { $0.seconds * 1e6 }
    let program = executable.program
    let origin = times.first?.start ?? 0
    events = times.map { time in
      let instruction = program.instructions[time.instruction]
      return StepEvent(
        step: time.step, kernel: instruction.kernel.name, layer: program.place(of: instruction),
        level: instruction.level, flops: instruction.flops, bytes: program.byteTraffic(of: instruction),
        start: time.start - origin, end: time.end - origin)
    }
    let stepEvents = Dictionary(grouping: events, by: \.step)
    steps = stepEvents.count
    let perStep = 1e-3 / Double(max(steps, 1))
    func microseconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) * perStep }
    let whole = stepEvents.values.reduce(0) { $0 + ($1.map(\.end).max() ?? 0) - ($1.map(\.start).min() ?? 0) }
    profiledStepMicroseconds = microseconds(whole)
    kernelMicroseconds = microseconds(events.reduce(0) { $0 + $1.nanoseconds })

    let first = stepEvents[events.first?.step ?? 0] ?? []
    dispatches = first.count
    levels = Set(first.map(\.level)).count
    flops = first.reduce(0) { $0 + $1.flops }
    bytes = first.reduce(0) { $0 + $1.bytes }
    rows = StepProfile.rows(events, steps: steps, step: whole, peak, prediction)
    barriers = executable.barrierCount
    (self.stepMicroseconds, self.peak, self.backend) = (stepMicroseconds, peak, backend)
    self.batchSize = batchSize
  }

  private static func rows(
    _ events: [StepEvent], steps: Int, step whole: UInt64, _ peak: DevicePeak, _ prediction: StepPrediction?
  ) -> [Row] {
    struct Key: Hashable {
      let kernel: String
      let layer: String
    }
    let expected = Dictionary(grouping: prediction?.kernels ?? []) { Key(kernel: $0.kernel, layer: $0.layer) }
    let groups = Dictionary(grouping: events) { Key(kernel: $0.kernel, layer: $0.layer) }
    let rows = groups.map { key, events in
      let nanoseconds = events.reduce(0) { $0 + $1.nanoseconds }
      let flops = events.reduce(0) { $0 + $1.flops }
      let bytes = events.reduce(0) { $0 + $1.bytes }
      // A clock may be too coarse to resolve a small kernel.
      let rate = { (amount: Int) in nanoseconds == 0 ? 0 : Double(amount) / Double(nanoseconds) }
      return Row(
        kernel: key.kernel, layer: key.layer, calls: events.count / steps,
        microseconds: Double(nanoseconds) * 1e-3 / Double(steps),
        share: Double(nanoseconds) / Double(max(whole, 1)), flops: flops / steps, bytes: bytes / steps,
        gflopsPerSecond: rate(flops), gigabytesPerSecond: rate(bytes),
        shareOfPeakFlops: rate(flops) * 1e9 / peak.flopsPerSecond,
        shareOfPeakBandwidth: rate(bytes) * 1e9 / peak.bytesPerSecond,
        expectedMicroseconds: expected[key].map { $0.reduce(0) { $0 + $1.seconds } * 1e6 })
    }
    return rows.sorted { ($1.microseconds, $0.kernel, $0.layer) < ($0.microseconds, $1.kernel, $1.layer) }
  }
}
