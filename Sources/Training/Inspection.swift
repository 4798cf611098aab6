/// What a model takes the images of a set for.
public struct Inspection: Codable, Hashable, Sendable {
  /// An image whose class the model got wrong.
  public struct Mistake: Codable, Hashable, Sendable {
    /// Its number in the set.
    public let image: Int
    public let label: Int
    public let predicted: Int
    /// Of the predicted class.
    public let probability: Double
    /// The cross-entropy for its label.
    public let loss: Double
  }

  /// Which images: "validation" or "test".
  public let split: String
  public let count: Int
  /// How many images of a class (row) were taken for each class (column).
  public let confusion: [[Int]]
  /// Those with the greatest loss first.
  public let mistakes: [Mistake]
}
