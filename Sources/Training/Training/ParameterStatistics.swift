/// Histograms of one parameter.
public struct ParameterStatistics: Hashable, Sendable {
  public let name: String
  public let values: Histogram
  /// Of the loss on some training images; nil if memory was short.
  public let gradients: Histogram?
}
