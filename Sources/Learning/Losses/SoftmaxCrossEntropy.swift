import Tensors

extension Loss {
  /// The cross-entropy between the softmax of the scores and the labels.
  public static let softmaxCrossEntropy = Loss("softmax-cross-entropy") {
    Tensors.softmaxCrossEntropy($0, $1)
  }
}
