/// A model's predictions on a set of images.
public struct Inspection: Codable, Hashable, Sendable {
  /// A misclassified image.
  public struct Mistake: Codable, Hashable, Sendable {
    /// Its index in the set.
    public let image: Int
    public let label: Int
    public let predicted: Int
    /// Of the predicted class.
    public let probability: Double
    /// The cross-entropy for its label.
    public let loss: Double
  }

  /// The split: "validation" or "test".
  public let split: String
  public let count: Int
  /// The confusion matrix: counts by label (row) and predicted class (column).
  public let confusion: [[Int]]
  /// Those with the greatest loss first.
  public let mistakes: [Mistake]
}
