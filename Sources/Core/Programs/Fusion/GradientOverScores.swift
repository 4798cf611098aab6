import Tensors

/// Scores of a large vocabulary are the largest value of a step, and their gradient is as large. The loss is computed first; then each
/// score is read where its gradient is stored, and that where it is multiplied with the gradient of the loss. So one array is enough,
/// and probabilities are in none.
extension DispatchWork {
  /// Smaller values are not worth it: kernels would differ from those of other networks for nothing.
  private static let leastByteCount = 1 << 20

  /// Lets the gradients of large scores wait for the losses before them, which read these too.
  mutating func orderGradientsAfterLosses() {
    for index in items.indices {
      guard let scores = scoresOfGradient(index), isLarge(scores) else { continue }
      for other in 0..<index where isLoss(other, of: scores) { items[index].after += items[other].outputs }
    }
  }

  /// What a cluster stores in the place of a value that nothing needs after it: the gradient of scores, or its product with that of
  /// the loss.
  ///
  /// - Parameters:
  ///   - stored: the results of the cluster that are stored.
  ///   - readers: the items that read each value.
  func replacement(
    in cluster: FusionGrouping.Cluster, stored: Set<Program.ValueID>, readers: [Program.ValueID: [Int]],
    extents: [Program.ValueID: FusionGroup.Extent]
  ) -> Program.Replacement? {
    let made = cluster.items.flatMap { items[$0].outputs }
    let replaced = cluster.items.lazy.flatMap { self.items[$0].inputs }.first { value in
      self.isLarge(value) && self.isOfGradient(value) && !made.contains(value)
        && (readers[value] ?? []).allSatisfy { reader in
          cluster.items.contains(reader)
            ? self.readsInPlace(reader, value) : self.isDone(reader, withScores: value, before: cluster)
        }
    }
    guard let replaced, !cluster.isContraction else { return nil }
    let (count, dtype) = (values[replaced].type.shape.count, values[replaced].type.dtype)
    let result = made.first {
      stored.contains($0) && isIntermediate($0) && extents[$0] ?? .elementwise == .elementwise
        && values[$0].type.shape.count == count && values[$0].type.dtype == dtype
    }
    return result.map { Program.Replacement(result: $0, replaced: replaced) }
  }

  /// True for scores with a gradient, and for this.
  private func isOfGradient(_ value: Program.ValueID) -> Bool {
    items.indices.contains {
      scoresOfGradient($0) == value || scoresOfGradient($0) != nil && items[$0].outputs[0] == value
    }
  }

  private func scoresOfGradient(_ item: Int) -> Program.ValueID? {
    if case .softmaxCrossEntropyGradient = items[item].kernel { items[item].inputs[0] } else { nil }
  }

  private func isLoss(_ item: Int, of scores: Program.ValueID) -> Bool {
    if case .softmaxCrossEntropy = items[item].kernel { items[item].inputs[0] == scores } else { false }
  }

  /// True if an item is a loss for which a gradient in a cluster waits.
  private func isDone(
    _ item: Int, withScores scores: Program.ValueID, before cluster: FusionGrouping.Cluster
  ) -> Bool {
    isLoss(item, of: scores)
      && cluster.items.contains {
        scoresOfGradient($0) == scores && items[$0].after.contains(items[item].outputs[0])
      }
  }

  private func isIntermediate(_ value: Program.ValueID) -> Bool {
    if case .arena = values[value].storage { !outputs.contains(value) } else { false }
  }

  private func isLarge(_ value: Program.ValueID) -> Bool {
    isIntermediate(value) && values[value].type.byteCount >= Self.leastByteCount
  }

  /// True if an item reads each element of a value for the same element of the cluster.
  private func readsInPlace(_ item: Int, _ value: Program.ValueID) -> Bool {
    switch items[item].kernel {
    case .softmaxCrossEntropy, .softmaxCrossEntropyGradient: true
    case .pointwise(let kernel):
      items[item].inputs.indices.allSatisfy { place in
        items[item].inputs[place] != value
          || kernel.inputs[place].isContiguous && kernel.inputs[place].offset == 0
            && kernel.count == values[value].type.shape.count
      }
    default: false
    }
  }
}
