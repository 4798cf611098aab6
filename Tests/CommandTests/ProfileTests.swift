import Foundation
import TestSupport
import Testing

@Suite("lemnos profile")
struct ProfileTests {
  /// The backends available on this machine.
  private static let backends = VulkanUnderTest.missing == nil ? ["cpu", "vulkan"] : ["cpu"]

  private struct Profile: Decodable {
    struct Row: Decodable {
      let kernel: String
      let layer: String
      let calls: Int
      let microseconds: Double
      let share: Double
      let flops: Int
      let bytes: Int
    }
    struct Peak: Decodable {
      let flopsPerSecond: Double
      let bytesPerSecond: Double
    }
    let steps: Int
    let dispatches: Int
    let levels: Int
    let barriers: Int?
    let stepMicroseconds: Double
    let profiledStepMicroseconds: Double
    let kernelMicroseconds: Double
    let flops: Int
    let bytes: Int
    let peak: Peak
    let rows: [Row]
  }

  private struct Trace: Decodable {
    struct Event: Decodable {
      struct Arguments: Decodable {
        let kernel: String?
        let layer: String?
        let flops: Int?
        let bytes: Int?
      }
      let name: String
      let ph: String
      let pid: Int
      let tid: Int
      let cat: String?
      let ts: Double?
      let dur: Double?
      let args: Arguments

      var end: Double { (ts ?? 0) + (dur ?? 0) }
    }
    let traceEvents: [Event]
  }

  private static let line = "profile --data images --hidden 8 --batch-size 4 --steps 3"

  @Test("lists kernels by time, with sums that agree with the trace", arguments: backends)
  func files(backend: String) throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    try folder.succeed("\(Self.line) --backend \(backend) --out a/b")
    #expect(try folder.names(in: "a/b") == ["profile.json", "trace.json"])
    let profile = try JSONDecoder().decode(
      Profile.self, from: Foundation.Data(folder.read("a/b/profile.json")))
    let trace = try JSONDecoder().decode(Trace.self, from: Foundation.Data(folder.read("a/b/trace.json")))

    #expect(profile.steps == 3 && profile.levels > 3 && profile.levels < profile.dispatches)
    #expect((profile.barriers != nil) == (backend == "vulkan"))
    #expect(profile.stepMicroseconds > 0)
    #expect(profile.peak.flopsPerSecond > 1e6 && profile.peak.bytesPerSecond > 1e6)
    let times = profile.rows.map(\.microseconds)
    #expect(times == times.sorted(by: >))
    // Sums of doubles in another order.
    #expect(abs(times.reduce(0, +) - profile.kernelMicroseconds) < 1e-6 * profile.kernelMicroseconds)
    #expect(profile.kernelMicroseconds <= profile.profiledStepMicroseconds * (1 + 1e-9))
    for row in profile.rows {
      #expect(
        abs(row.share * profile.profiledStepMicroseconds - row.microseconds) < 1e-6 * row.microseconds + 1e-9)
    }
    #expect(profile.rows.reduce(0) { $0 + $1.calls } == profile.dispatches)
    #expect(profile.rows.reduce(0) { $0 + $1.flops } == profile.flops)
    #expect(profile.rows.reduce(0) { $0 + $1.bytes } == profile.bytes)
    #expect(
      profile.rows.contains {
        // With fusion the kernel includes the epilogue of the product.
        $0.kernel.hasPrefix("matmul") && $0.layer.hasPrefix("0 (Dense)") && $0.flops >= 2 * 4 * 16 * 8
      }
    )

    let complete = trace.traceEvents.filter { $0.ph == "X" }
    #expect(trace.traceEvents.filter { $0.ph == "M" }.count == 3)
    #expect(trace.traceEvents.count == complete.count + 3)
    #expect(complete.allSatisfy { ($0.dur ?? -1) >= 0 && ($0.ts ?? -1) >= 0 })
    let tracks = Dictionary(grouping: complete, by: \.cat)
    let (steps, kernels) = (try #require(tracks["steps"]), try #require(tracks["kernels"]))
    #expect(steps.count == 3 && kernels.count == 3 * profile.dispatches)
    // Nanoseconds written as microseconds: rounded to a thousandth.
    let rounding = 1e-4
    for track in [steps, kernels] {
      #expect(Set(track.map(\.tid)).count == 1)
      for (event, next) in zip(track, track.dropFirst()) {
        #expect(event.end <= (next.ts ?? 0) + rounding, "\(event.name) reaches into \(next.name)")
      }
    }
    for (number, step) in steps.enumerated() {
      let own = kernels[number * profile.dispatches..<(number + 1) * profile.dispatches]
      #expect(own.allSatisfy { ($0.ts ?? 0) >= (step.ts ?? 0) - rounding && $0.end <= step.end + rounding })
    }
    let total = kernels.reduce(0) { $0 + ($1.dur ?? 0) }
    #expect(abs(total - 3 * profile.kernelMicroseconds) < 1e-6 * total + 1)
    for row in profile.rows {
      let same = kernels.filter { $0.args.kernel == row.kernel && $0.args.layer == row.layer }
      #expect(same.count == 3 * row.calls)
      #expect(same.reduce(0) { $0 + ($1.args.bytes ?? 0) } == 3 * row.bytes)
    }
  }

  @Test("is a table, and one JSON object for programs", arguments: backends)
  func table(backend: String) throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let lines = try folder.succeed("\(Self.line) --backend \(backend)").lines
    let titles = try #require(lines.firstIndex { $0.hasPrefix("kernel ") })
    #expect(
      lines[titles].split(separator: " ")
        == ["kernel", "layer", "calls", "µs", "share", "GFLOP/s", "GB/s", "of", "peak"])
    #expect(
      lines.contains {
        $0.contains(/^matmul.* +0 \(Dense\).* +1 +[\d.,]+ +\d+\.\d % +[\d.,]+ +[\d.,]+ +\d+ % (flops|bytes)$/)
      })
    #expect(lines.contains { $0.contains(/^step +\d+ +[\d.,]+ +100\.0 %/) })
    #expect(lines.contains { $0.hasPrefix("The peak was measured in ") })
    #expect(try folder.names() == ["images"])

    let objects = try folder.succeed("\(Self.line) --backend \(backend) --json").lines
    #expect(objects.count == 1)
    let profile = try JSONDecoder().decode(Profile.self, from: Foundation.Data(objects[0].utf8))
    #expect(profile.steps == 3 && profile.rows.count > 5)
  }

  @Test("fits into narrow and wide terminals", arguments: [40, 60, 120])
  func widths(columns: Int) throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let lines = try folder.inTerminal(of: columns, "\(Self.line) --backend cpu")
    #expect(lines.contains { $0.hasPrefix("kernel") && $0.contains("µs") })
    #expect(lines.allSatisfy { $0.count <= columns }, "\(lines)")
    #expect(lines.contains { $0.contains("GFLOP/s") && $0.hasPrefix("kernel") } == (columns == 120))
  }
}
