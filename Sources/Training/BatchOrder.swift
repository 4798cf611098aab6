import Backends
import Programs
import Tensors

/// Which images the batches of a program have, as the host knows it.
protocol BatchOrder {
  /// The numbers of a batch's images.
  func numbers(ofBatch index: Int) throws -> [Int32]
}

/// One image after another.
struct SequentialOrder: BatchOrder {
  let batchSize: Int
  let count: Int

  /// Beyond the last image it is the last one again, as on the device.
  func numbers(ofBatch index: Int) -> [Int32] {
    (index * batchSize..<(index + 1) * batchSize).map { Int32(min($0, count - 1)) }
  }
}

/// The images of training steps: the very expression that draws them on the device, computed by the reference kernels.
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
