package import Tensors

extension Graph {
  /// The inputs that an entry's value depends on, without those for gradients or ordering only.
  package func operands(of entry: Int) -> [Int] {
    switch entries[entry].op {
    case .controlDependency: Array(entries[entry].inputs.prefix(1))
    default: entries[entry].inputs
    }
  }

  /// The entries needed to compute `targets` from `known` ones, inputs first, including sources.
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
    // They are aliases of their first input.
    case .controlDependency, .gradientRule, .sumOverRanks: operands[0]
    default: .apply(entries[entry].op, to: operands, at: entries[entry].provenance.location)
    }
  }
}
