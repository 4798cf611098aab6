extension Pass {
  /// A part of the model that ran under its own name.
  public struct Part: Sendable {
    /// Its names from the outermost in, joined by dots; empty for the model as a whole.
    public let path: String

    /// The layer's type; empty where a layer only groups others.
    public let kind: String

    /// What it came to, if that is a tensor.
    public internal(set) var output: Tensor?

    /// The states that it asked for itself: those of its parts are theirs.
    public internal(set) var states: [State] = []

    /// How nodes of the graph say that they were made in it, and not in a part of it.
    package var label: String { kind.isEmpty ? path : "\(path) (\(kind))" }
  }
}
