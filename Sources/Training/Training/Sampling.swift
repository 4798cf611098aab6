import Tensors

/// The sampling of each training step's images from the training set.
public enum Sampling: String, Codable, Sendable, CaseIterable {
  /// Without replacement: every epoch is a new permutation of all images, divided into batches; the remainder
  /// is left out.
  case shuffled

  /// With replacement: every image of every batch is drawn from all images, as in CS231n's `Solver`.
  ///
  /// Some are then seen twice in an epoch, and 1/e of them not at all.
  case withReplacement = "with-replacement"

  /// With replacement, and each class equally often, independent of its frequency.
  case balanced

  /// The indices of the images of one step, int32 `[batch]`.
  ///
  /// - Parameters:
  ///   - batches: those of a step, whose examples are drawn together; the counter counts batches.
  ///   - classes: the examples of each class; where they are not known, as in planning, all are of one.
  func batch(
    _ size: Int, of count: Int, batches: Int = 1, key: Tensor, counter: Tensor, classes: ClassRows? = nil
  ) -> Tensor {
    guard batches == 1 else {
      let all = batch(size * batches, of: count, key: key, counter: counter / batches, classes: classes)
      return all.gathered(at: counter % batches * size + Tensor.indices(size))
    }
    return switch self {
    case .balanced:
      (classes ?? ClassRows(labels: [Int32](repeating: 0, count: count))).batch(
        size, key: key, counter: counter)
    case .shuffled: shuffledBatch(size, of: count, key: key, counter: counter)
    case .withReplacement:
      // u ≤ 1 − 2⁻²⁴, and in float32 u · count rounds to less than the count.
      (randomUniform([size], key: key, counter: counter, stream: Philox.stream(named: "sampling"))
        * Double(count))
        .cast(to: .int32)
    }
  }
}
