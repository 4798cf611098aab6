/// A profile as a trace file for `chrome://tracing`, Perfetto and Speedscope: steps on one track, kernels on
/// another.
///
/// - SeeAlso: *Trace Event Format*, Google 2016: "X" is a complete event, "M" a name; times are microseconds.
public struct StepTrace: Encodable, Sendable {
  private let traceEvents: [Event]
  private let displayTimeUnit = "ns"

  private enum Track: Int {
    case steps = 1
    case kernels
  }

  private struct Event: Encodable {
    let name: String
    let ph: String
    let pid = 1
    let tid: Int
    var cat: String?
    var ts: Double?
    var dur: Double?
    var args: Arguments?

    /// The name of a process or track.
    init(naming what: String, track: Track, _ name: String) {
      (self.name, ph, tid) = (what, "M", track.rawValue)
      args = Arguments(name: name)
    }

    init(_ name: String, on track: Track, from start: UInt64, to end: UInt64, _ args: Arguments) {
      (self.name, ph, tid, cat) = (name, "X", track.rawValue, "\(track)")
      (ts, dur, self.args) = (Double(start) / 1e3, Double(end - start) / 1e3, args)
    }
  }

  private struct Arguments: Encodable {
    var name: String?
    var kernel: String?
    var layer: String?
    var level: Int?
    var flops: Int?
    var bytes: Int?
    var gflopsPerSecond: Double?

    private enum CodingKeys: String, CodingKey {
      case name, kernel, layer, level, flops, bytes
      case gflopsPerSecond = "GFLOP/s"
    }
  }

  public init(_ profile: StepProfile) {
    let names = [
      Event(naming: "process_name", track: .steps, "lemnos on \(profile.backend)"),
      Event(naming: "thread_name", track: .steps, "steps"),
      Event(naming: "thread_name", track: .kernels, "kernels"),
    ]
    let steps = Dictionary(grouping: profile.events, by: \.step).sorted { $0.key < $1.key }.map {
      step, events in
      Event(
        "step \(step + 1)", on: .steps, from: events.map(\.start).min() ?? 0,
        to: events.map(\.end).max() ?? 0,
        Arguments(
          flops: events.reduce(0) { $0 + $1.flops }, bytes: events.reduce(0) { $0 + $1.bytes }))
    }
    let kernels = profile.events.map { event in
      Event(
        event.layer.isEmpty ? event.kernel : "\(event.kernel) \(event.layer)", on: .kernels,
        from: event.start,
        to: event.end,
        Arguments(
          kernel: event.kernel, layer: event.layer, level: event.level, flops: event.flops,
          bytes: event.bytes,
          gflopsPerSecond: Double(event.flops) / Double(max(event.nanoseconds, 1))))
    }
    traceEvents = names + steps + kernels
  }
}
