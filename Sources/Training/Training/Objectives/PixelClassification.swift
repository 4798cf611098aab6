public import Layers
import Losses
public import Tensors

/// A class per pixel: a model with scores `[B, C, H, W]`, and a field of labels, int32 or uint8 `[H, W]`.
///
/// The loss of an example is the mean of its pixels' cross-entropies. Its metrics are `accuracy`, the
/// fraction of pixels that are right, and `iou`, the mean intersection over union of the classes that occur.
public struct PixelClassification: Objective {
  public let model: any Layer
  public let classes: Int
  public let input: String
  public let label: String
  /// Pixels with this label are ignored; nil for none.
  public let ignored: Int?

  public init(
    _ model: any Layer, classes: Int, input: String = "images", label: String = "masks",
    ignoring ignored: Int? = nil
  ) {
    (self.model, self.classes, self.input, self.label, self.ignored) = (model, classes, input, label, ignored)
  }

  public var monitored: Monitored { Monitored("iou", .higherIsBetter) }

  /// - Throws: `TrainingError.scores` for a model that does not give one score per class and pixel.
  public func measure(_ batch: Batch, in pass: Pass) throws -> Outcome {
    let scores = StepScope(.forward, "the model").building { model.forward(batch[input], in: pass) }
    let labels = batch[label].cast(to: .int32)
    if let error = scores.error ?? labels.error { throw error }
    let expected = Shape([batch.size, classes] + labels.shape.dimensions.dropFirst())
    guard scores.shape == expected, scores.rank == 4 else {
      throw TrainingError.scores(shape: "\(scores.shape)", expected: "\(expected)")
    }
    let pixels = labels.shape.count / batch.size
    let rows = scores.transposed([0, 2, 3, 1]).reshaped([batch.size * pixels, classes])
    let flat = labels.reshaped([batch.size * pixels])
    let counts = ignored.map { (flat .!= Double($0)).cast(to: .float32) } ?? Tensor.full(flat.shape, 1)
    let inside = ignored.map { select(flat .== Double($0), Tensor(0, dtype: .int32), flat) } ?? flat
    let losses = StepScope(.forward, "the loss").building {
      (softmaxCrossEntropy(rows, inside) * counts).reshaped([batch.size, pixels]).sum([1])
        / maximum(counts.reshaped([batch.size, pixels]).sum([1]), Tensor(1))
    }
    let predicted = rows.argmax()
    let counted = counts.reshaped([batch.size * pixels, 1])
    let (found, there) = (predicted.oneHot(classes) * counted, inside.oneHot(classes) * counted)
    func perExample(_ numbers: Tensor) -> Tensor {
      numbers.reshaped([batch.size, pixels, classes]).sum([1])
    }
    let sums = [perExample(found * there), perExample(found), perExample(there)]
    return Outcome(
      losses: losses,
      metrics: [
        Metric("iou", .higherIsBetter, sums: sums) { [classes] sums, _ in
          let ratios = (0..<classes).compactMap { c -> Double? in
            let either = sums[classes + c] + sums[2 * classes + c] - sums[c]
            return either > 0 ? sums[c] / either : nil
          }
          return ratios.reduce(0, +) / Double(ratios.count)
        },
        Metric("accuracy", .higherIsBetter, sums: [sums[0].sum([1]), sums[2].sum([1])]) { sums, _ in
          sums[0] / sums[1]
        },
      ], outputs: ["scores": scores, "predicted": predicted.reshaped(labels.shape)])
  }
}
