import Tensors

/// How the images of each training step are drawn from the training set.
public enum Sampling: String, Codable, Sendable, CaseIterable {
  /// Without replacement: every epoch is a new order of all images, cut into batches; the remainder is left out.
  case shuffled

  /// With replacement: every image of every batch is drawn from all images, as CS231n's `Solver` does. Some are then seen
  /// twice in an epoch, and 1/e of them not at all.
  case withReplacement = "with-replacement"

  /// With replacement, and each class equally often, however rare it is.
  case balanced

  /// The numbers of the images of one step, int32 `[batch]`.
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
