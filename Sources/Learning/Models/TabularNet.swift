import Layers
public import Tensors

/// A network for numeric and categorical columns: embeddings of the categories, concatenated with the
/// numbers, then an MLP.
///
/// Takes numbers `[N, K]` and categories, int32 `[N, C]`, or one of them, and gives `[N, outputs]`.
public struct TabularNet: Sendable {
  public let hidden: [Int]
  public let outputs: Int

  /// The number of values of each categorical column, including missing ones.
  public let categories: [Int]
  public let dropout: Double

  /// - Parameter categories: the number of values of each categorical column.
  public init(hidden: [Int] = [64, 64], outputs: Int, categories: [Int] = [], dropout: Double = 0) {
    precondition(outputs > 0, "a network needs an output")
    (self.hidden, self.outputs, self.categories, self.dropout) = (hidden, outputs, categories, dropout)
  }

  /// The width of an embedding: half the number of categories, at most 50.
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
