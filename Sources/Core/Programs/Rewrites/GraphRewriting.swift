import Tensors

/// Rebuilds a graph, with another expression in place of each entry that matches a pattern.
///
/// Equal entries are merged, and those that nothing reads any more are removed.
struct GraphRewriting {
  private struct Key: Hashable {
    let op: Op
    let inputs: [Int]
    let layout: ImageLayout
  }

  private(set) var entries: [Graph.Entry] = []
  private var known: [Key: Int] = [:]

  /// - Parameter replacement: adds what takes the place of an entry, whose inputs are rewritten already, and
  ///   returns its index; nil to keep the entry.
  /// - Returns: the graph, and the number of entries replaced.
  static func rewrite(
    _ graph: Graph, by replacement: (inout GraphRewriting, Graph.Entry) -> Int?
  ) -> (graph: Graph, count: Int) {
    var rewriting = GraphRewriting()
    var places: [Int] = []
    var count = 0
    for old in graph.entries {
      let entry = Graph.Entry(old, reading: old.inputs.map { places[$0] })
      if let place = replacement(&rewriting, entry) {
        places.append(place)
        count += 1
      } else {
        places.append(rewriting.add(entry))
      }
    }
    guard count > 0 else { return (graph, 0) }
    let rewritten = Graph(entries: rewriting.entries, roots: graph.roots.map { places[$0] })
    return (rewritten.withoutUnread(), count)
  }

  /// The index of an entry, or of an equal one.
  mutating func add(_ entry: Graph.Entry) -> Int {
    let key = Key(op: entry.op, inputs: entry.inputs, layout: entry.layout)
    if let place = known[key] { return place }
    entries.append(entry)
    known[key] = entries.count - 1
    return entries.count - 1
  }

  /// Adds an operation in the name of the entry that it helps to replace.
  ///
  /// - Parameter origin: that of the replaced entry, if it has the same value.
  mutating func add(
    _ op: Op, _ inputs: [Int], _ type: TensorType, like entry: Graph.Entry, origin: Origin? = nil
  ) -> Int {
    add(
      Graph.Entry(
        op: op, inputs: inputs, type: type, layerPath: entry.layerPath, provenance: entry.provenance,
        origin: origin))
  }

  /// Adds a tensor of zeros.
  mutating func addZeros(_ type: TensorType, like entry: Graph.Entry) -> Int {
    let zero = add(.source(.scalar(0, type.dtype)), [], TensorType([], type.dtype), like: entry)
    return type.shape == [] ? zero : add(.movement(.broadcast(type.shape)), [zero], type, like: entry)
  }

  /// True for a tensor of zeros.
  func isZero(_ index: Int) -> Bool {
    switch entries[index].op {
    case .source(.scalar(let number, _)): number == 0
    case .movement(.broadcast), .movement(.reshape): isZero(entries[index].inputs[0])
    default: false
    }
  }
}

extension Graph.Entry {
  /// The same entry on other inputs.
  fileprivate init(_ other: Graph.Entry, reading inputs: [Int]) {
    self.init(
      op: other.op, inputs: inputs, type: other.type, layerPath: other.layerPath, layout: other.layout,
      provenance: other.provenance, origin: other.origin)
  }
}

extension Graph {
  /// The same graph without entries that no root depends on.
  fileprivate func withoutUnread() -> Graph {
    var isRead = [Bool](repeating: false, count: entries.count)
    for root in roots { isRead[root] = true }
    for (index, entry) in entries.enumerated().reversed() where isRead[index] {
      for input in entry.inputs { isRead[input] = true }
    }
    var places: [Int] = []
    var kept: [Entry] = []
    for (index, entry) in entries.enumerated() {
      places.append(kept.count)
      if isRead[index] { kept.append(Entry(entry, reading: entry.inputs.map { places[$0] })) }
    }
    return Graph(entries: kept, roots: roots.map { places[$0] })
  }
}
