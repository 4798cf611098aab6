package import Tensors

extension Graph {
  /// What an entry is computed from: none of its inputs that only gradients or the order of things need.
  package func operands(of entry: Int) -> [Int] {
    switch entries[entry].op {
    case .ordering: Array(entries[entry].inputs.prefix(1))
    default: entries[entry].inputs
    }
  }

  /// The entries that have to be computed to get from some known ones to others, inputs first; with the sources among them.
  package func region(leadingTo targets: [Int], from known: Set<Int>) -> [Int] {
    var found: Set<Int> = []
    var stack = targets
    while let entry = stack.popLast() {
      guard !known.contains(entry) || targets.contains(entry), found.insert(entry).inserted else { continue }
      stack += operands(of: entry).filter { !known.contains($0) }
    }
    return found.sorted()
  }

  /// The expression of an entry, on given operands.
  package func expression(of entry: Int, on operands: [Tensor]) -> Tensor {
    switch entries[entry].op {
    // Both stand for their first input.
    case .ordering, .gradientRule: operands[0]
    default: .apply(entries[entry].op, to: operands, at: entries[entry].provenance.location)
    }
  }
}
