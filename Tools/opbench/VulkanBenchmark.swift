import Lemnos
import Execution
import Programs
import TestSupport
import Workloads

/// The complete benchmark of a Vulkan device: correctness, launch overhead, memory bandwidth, products and
/// convolutions, and training steps in each precision.
struct VulkanBenchmark {
  private let backend: any Backend
  private var record: MeasurementRecord

  /// The time limit in seconds for a sweep: software devices take seconds for what a GPU does in
  /// milliseconds.
  private static let patience = 1.5

  init() throws {
    let reason: String
    (backend, reason) = try BackendChoice.vulkan().open()
    record = MeasurementRecord(device: backend.name)
    print(reason)
  }

  /// The largest kernels only.
  mutating func kernels() throws {
    try products()
    try convolutions()
  }

  /// The most informative sections come first, and intermediate results are saved: on a rented GPU, time may
  /// run out.
  mutating func everything(writingTo folder: String) throws {
    func section(_ measure: (inout VulkanBenchmark) throws -> Void) throws {
      try measure(&self)
      try record.write(to: folder)
    }
    try section { try $0.costs() }
    for workload in Workload.allCases { try section { try $0.step(workload, .float32) } }
    try section { try $0.agreement() }
    try section { try $0.bandwidth() }
    for precision in Precision.allCases where precision != .float32 {
      for workload in Workload.allCases { try section { try $0.step(workload, precision) } }
    }
    try section { try $0.kernels() }
  }

  private mutating func agreement() throws {
    var agreeing = 0
    for row in OpTable.rows {
      do {
        let run = try RowRun(row, on: backend, real: .float32)
        if let fault = try row.disagreement(of: run.output, with: row.reference()) ?? run.damage.first {
          record.disagreements.append("\(row): \(fault)")
        } else {
          agreeing += 1
        }
      } catch {
        record.disagreements.append("\(row): \(error)")
      }
    }
    record.add(
      "Op table", "rows that agree with the float64 reference", Double(agreeing), "of \(OpTable.rows.count)")
    for disagreement in record.disagreements { print("  \(disagreement)") }
  }

  /// A state that counts runs; reading it waits for them.
  private let done = State("done", [], dtype: .int32, role: .progress)

  private func waiting(_ executable: any Executable, steps: Int) throws {
    try executable.run(steps: steps)
    _ = try backend.read(done)
  }

  private mutating func costs() throws {
    let executable = try backend.compile(Program("count", assignments: [Assignment(done, done.value + 1)]))
    let one = try Timing(seconds: 1) { try waiting(executable, steps: 1) }
    record.add("Costs", "submit, one dispatch, and read a number", one.median * 1e6, "µs")
    let few = try Timing(seconds: 1) { try waiting(executable, steps: 64) }
    let many = try Timing(seconds: 1) { try waiting(executable, steps: 64 * 17) }
    record.add(
      "Costs", "one more dispatch that waits for the last", (many.median - few.median) / (64 * 16) * 1e6, "µs"
    )
  }

  private mutating func bandwidth() throws {
    // 64 MiB: twice that exceeds the caches.
    let x = State("x", [16 << 20], role: .data, initial: .normal(standardDeviation: 1))
    let y = State("y", [16 << 20], role: .data)
    let executable = try backend.compile(
      Program("copy", assignments: [Assignment(y, x.value * 2), Assignment(done, done.value + 1)]))
    let timing = try Timing(seconds: 1) { try waiting(executable, steps: 8) }
    record.add("Memory", "read and written, 64 MiB each", 8 * 128 * 1.048576e-3 / timing.median, "GB/s")
  }

  /// - Returns: the median of seconds.
  @discardableResult
  private mutating func measure(_ section: String, _ name: String, flops: Double, _ tensor: Tensor) throws
    -> Double
  {
    let executable = try backend.compile(
      Program(name, outputs: [("y", tensor)], assignments: [Assignment(done, done.value + 1)]))
    let timing = try Timing(seconds: 1) { try waiting(executable, steps: 1) }
    record.add(section, "\(name), \(text(timing.median))", flops / timing.median * 1e-9, "GFLOP/s")
    return timing.median
  }

  private func input(_ name: String, _ shape: Shape) -> State {
    State(name, shape, role: .data, initial: .normal(standardDeviation: 1))
  }

  private mutating func products() throws {
    for size in [256, 512, 1024, 2048, 4096] {
      let (a, b) = (input("a", [size, size]), input("b", [size, size]))
      let flops = 2 * Double(size) * Double(size) * Double(size)
      if try measure("Products", "\(size)³", flops: flops, matmul(a.value, b.value)) * 8 > Self.patience {
        break
      }
    }
    for (m, k, n) in [(100, 3072, 100), (3072, 100, 100), (50, 8192, 500)] {
      let (a, b) = (input("a", [m, k]), input("b", [k, n]))
      let flops = 2 * Double(m) * Double(k) * Double(n)
      try measure("Products", "\(m)×\(k)×\(n)", flops: flops, matmul(a.value, b.value))
    }
  }

  private mutating func convolutions() throws {
    // The last is depthwise.
    for (n, c, size, filters, window, stride, groups) in [
      (64, 64, 32, 64, 3, 1, 1), (50, 3, 32, 32, 7, 1, 1), (64, 64, 32, 128, 3, 2, 1),
      (64, 256, 8, 256, 3, 1, 1),
      (64, 96, 56, 96, 3, 1, 96),
    ] {
      let (x, w) = (input("x", [n, c, size, size]), input("w", [filters, c / groups, window, window]))
      let y = conv2D(
        x.value, w.value,
        WindowGeometry(stride: [stride, stride], padding: [Int](repeating: window / 2, count: 4)),
        groups: groups)
      let flops = 2 * Double(y.shape.count) * Double(c / groups * window * window)
      let name =
        "\(n)×\(c)×\(size)×\(size), \(filters) \(window)×\(window)" + (stride > 1 ? ", stride \(stride)" : "")
        + (groups > 1 ? ", depthwise" : "")
      try measure("Convolutions", "\(name), forward", flops: flops, y)
      let upstream = input("dy", y.shape)
      for (pass, state) in [("input gradient", x), ("weight gradient", w)] {
        let gradient = gradients(of: y, upstream: upstream.value, at: [state.value])[0]
        try measure("Convolutions", "\(name), \(pass)", flops: flops, gradient)
      }
    }
  }

  private mutating func step(_ workload: Workload, _ precision: Precision) throws {
    var options = WorkloadRun.Options()
    options.precision = precision
    let run = try WorkloadRun(workload, on: .vulkan(), options)
    let single = try Timing(seconds: 1) { try run.advance() }
    let steps = max(1, min(200, Int(0.5 / single.minimum)))
    let replayed = try Timing(seconds: 1) { try run.advance(steps) }
    record.add(
      "Training steps, \(precision.rawValue)", "\(workload.rawValue), batch \(workload.batchSize)",
      replayed.median / Double(steps) * 1e3, "ms")
  }
}
