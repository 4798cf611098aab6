import Layers
public import Tensors

/// A network for rows of numbers and categories: a learned vector for each category, beside the numbers, through dense layers with ReLU.
///
/// Takes numbers `[N, K]` and categories, int32 `[N, C]`, or one of them, and gives `[N, outputs]`.
public struct TabularNet: Sendable {
  public let hidden: [Int]
  public let outputs: Int

  /// How many values each column of categories has, missing ones included.
  public let categories: [Int]
  public let dropout: Double

  /// - Parameter categories: how many values each column of categories has.
  public init(hidden: [Int] = [64, 64], outputs: Int, categories: [Int] = [], dropout: Double = 0) {
    precondition(outputs > 0, "a network needs an output")
    (self.hidden, self.outputs, self.categories, self.dropout) = (hidden, outputs, categories, dropout)
  }

  /// The width of the vector for a category of so many: enough for what they may have in common, and no more than 50.
  static func width(of count: Int) -> Int { min(50, (count + 1) / 2) }

  public func callAsFunction(numbers: Tensor?, categories columns: Tensor?, in pass: Pass) -> Tensor {
    var parts = [numbers].compactMap { $0 }
    if let columns, columns.error == nil {
      guard columns.rank == 2, columns.shape[1] == categories.count else {
        return .invalid(
          "tabularNet",
          "takes \(categories.count) columns of categories, not \(columns.dtype)\(columns.shape)")
      }
      for (column, count) in categories.enumerated() {
        let embedding = Embedding(count, width: Self.width(of: count))
        parts.append(embedding(columns[.all, column], in: pass, as: "embedding\(column)"))
      }
    } else if let columns {
      return columns
    }
    guard !parts.isEmpty else { return .invalid("tabularNet", "takes numbers, categories, or both") }
    let net = FullyConnectedNet(hidden: hidden, classes: outputs, dropout: dropout)
    return net(concatenate(parts, axis: 1), in: pass, as: "net")
  }
}
