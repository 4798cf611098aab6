import Programs
import Tensors

/// The peak rates measured on a device, with which a profile compares kernels.
public struct DevicePeak: Encodable, Hashable, Sendable {
  /// FLOP/s in a product of two square float32 matrices of `matrixSize`.
  public let flopsPerSecond: Double
  public let matrixSize: Int

  /// Bytes read and written per second, in a copy of `copiedByteCount` bytes.
  public let bytesPerSecond: Double
  public let copiedByteCount: Int

  /// Duration of the measurement.
  public let seconds: Double

  /// Measures: a fraction of a second on a fast idle device, about a second on a slow one.
  ///
  /// - Parameter backend: a dedicated one: the states allocated here live as long as it does.
  package init(of backend: any Backend) throws {
    let clock = ContinuousClock()
    let start = clock.now
    (flopsPerSecond, matrixSize) = try DevicePeak.products(on: backend)
    // Larger than the last-level cache of most devices, and within every device's binding range.
    copiedByteCount = 64 << 20
    bytesPerSecond = try DevicePeak.copy(of: copiedByteCount, on: backend)
    seconds = (clock.now - start) / .seconds(1)
  }

  /// The best rate over several sizes; a larger size is tried while it is expected to take at most 80 ms.
  private static func products(on backend: any Backend) throws -> (rate: Double, size: Int) {
    var best = (rate: 0.0, size: 0)
    var size = 256
    while size <= 4096, best.rate == 0 || operations(size) / best.rate < 0.08 {
      let (a, b) = try (
        randomMatrix(size, stream: 0, on: backend), randomMatrix(size, stream: 1, on: backend)
      )
      let rate =
        operations(size) / (try secondsPerRun(on: backend, outputs: [("product", matmul(a.value, b.value))]))
      if rate > best.rate { best = (rate, size) }
      size *= 2
    }
    return best
  }

  private static func operations(_ size: Int) -> Double { 2 * Double(size) * Double(size) * Double(size) }

  /// Filled on the device with random numbers: with zeros some devices run faster than in any network.
  private static func randomMatrix(_ size: Int, stream: UInt32, on backend: any Backend) throws -> State {
    let matrix = State("matrix", [size, size], role: .data)
    let values = randomUniform(
      [size, size], key: Tensor([Int32(2), 31], shape: [2]), counter: Tensor(0, dtype: .int32), stream: stream
    )
    let program = try Program("fill", assignments: [Assignment(matrix, values)])
    try backend.compile(program).run(steps: 1)
    return matrix
  }

  private static func copy(of byteCount: Int, on backend: any Backend) throws -> Double {
    let shape = Shape([byteCount / 4])
    let (source, target) = (State("source", shape, role: .data), State("target", shape, role: .data))
    let seconds = try secondsPerRun(on: backend, assignments: [Assignment(target, source.value)])
    return 2 * Double(byteCount) / seconds
  }

  /// The best of up to six measurements, each of enough runs to take 5 ms, so that submission and
  /// synchronization are negligible.
  private static func secondsPerRun(
    on backend: any Backend, outputs: [(name: String, tensor: Tensor)] = [], assignments: [Assignment] = []
  ) throws -> Double {
    let done = State("done", [], dtype: .int32, role: .progress)
    let program = try Program(
      "peak", outputs: outputs, assignments: assignments + [Assignment(done, done.value + 1)])
    let executable = try backend.compile(program)
    let clock = ContinuousClock()
    func seconds(_ steps: Int) throws -> Double {
      let start = clock.now
      try executable.run(steps: steps)
      _ = try backend.read(done)  // waits for an asynchronous device
      return (clock.now - start) / .seconds(1)
    }
    // A warm-up run pays one-time costs.
    _ = try seconds(1)
    var steps = 1
    var best = Double.infinity
    var count = 0
    let end = clock.now + .milliseconds(100)
    while count < 1 || (count < 6 && clock.now < end) {
      let time = try seconds(steps)
      if time < 0.005, steps < 1 << 14 {
        steps = max(2 * steps, min(16 * steps, Int(0.006 / max(time, 1e-9) * Double(steps))))
      } else {
        best = min(best, time / Double(steps))
        count += 1
      }
    }
    return best
  }
}
