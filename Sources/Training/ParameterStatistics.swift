/// What the numbers of one parameter are like.
public struct ParameterStatistics: Hashable, Sendable {
  public let name: String
  public let values: Histogram
  /// Of the loss on some training images; nil where memory was short.
  public let gradients: Histogram?
}
