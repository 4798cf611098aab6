extension Pass {
  /// A named part of the model that ran in the pass.
  public struct Part: Sendable {
    /// The names from the outermost in, joined by dots; empty for the model as a whole.
    public let path: String

    /// The layer's type; empty for a mere group of layers.
    public let kind: String

    /// Its result, if that is a tensor.
    public internal(set) var output: Tensor?

    /// The states it asked for itself, without those of its parts.
    public internal(set) var states: [State] = []

    /// The label of graph nodes made in it, but not in a part of it.
    package var label: String { kind.isEmpty ? path : "\(path) (\(kind))" }
  }
}
