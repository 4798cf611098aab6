import Devices
import Execution
import Programs
import Tensors

/// The examples of each batch of a program, computed on the host.
protocol BatchOrder {
  /// The indices of a batch's examples.
  func numbers(ofBatch index: Int) throws -> [Int32]
}

/// Examples in order.
struct SequentialOrder: BatchOrder {
  let batchSize: Int
  let count: Int

  /// Beyond the last example it is repeated, as on the device.
  func numbers(ofBatch index: Int) -> [Int32] {
    (index * batchSize..<(index + 1) * batchSize).map { Int32(min($0, count - 1)) }
  }
}

/// The examples of training steps: evaluates the expression that draws them on the device with the reference
/// kernels.
final class SampledOrder: BatchOrder {
  private let counter = State("step", [], dtype: .int32, role: .progress)
  private let backend: any Backend
  private let executable: any Executable

  /// - Parameters:
  ///   - batches: those of a step.
  ///   - key: the run's, int32 `[2]`.
  init(
    _ sampling: Sampling, batchSize: Int, batches: Int = 1, count: Int, key: TensorValues,
    classes: ClassRows? = nil
  ) throws {
    let key = State("key", key.shape, dtype: key.dtype, role: .progress, initial: .values(key))
    let numbers = sampling.batch(
      batchSize, of: count, batches: batches, key: key.value, counter: counter.value, classes: classes)
    // Some hundred numbers are not worth waking threads for.
    backend = try BackendChoice.limited(.reference, to: BackendLimits(threads: 1)).open().backend
    executable = try backend.compile(Program("order of images", outputs: [("numbers", numbers)]))
  }

  func numbers(ofBatch index: Int) throws -> [Int32] {
    try backend.write(TensorValues([Int32(index)], shape: []), to: counter)
    try executable.run(steps: 1)
    return try executable.output(0).elements()
  }
}
