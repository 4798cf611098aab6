import Tensors

/// Pointwise fusion: decides which pointwise nodes are computed together.
///
/// A node joins its readers' group if all its readers are pointwise nodes of that one group and read it
/// elementwise. Then nothing outside the group needs the node, so no cycle can arise, and its value never
/// reaches memory, unless it is a root of the program: then the group stores it as an additional result.
struct PointwiseFusion {
  /// The group of each node, identified by the index of its last member.
  private(set) var group: [Int]

  /// More steps would not pay: registers spill, and the kernel is no longer memory-bound.
  static let maximumSteps = 64
  static let maximumInputs = 12
  static let maximumResults = 8

  init(_ folding: ViewFolding) {
    let roots = Set(folding.roots)
    let nodes = folding.nodes
    group = Array(nodes.indices)
    var readers: [[(reader: Int, inPlace: Bool)]] = Array(repeating: [], count: nodes.count)
    for (reader, node) in nodes.enumerated() {
      for case .read(let input, let view) in node.inputs {
        let inPlace = view == View(of: nodes[input].type.shape) && node.type.shape == nodes[input].type.shape
        readers[input].append((reader, inPlace && node.isPointwise))
      }
    }
    var members: [Int: [Int]] = [:]
    for index in nodes.indices.reversed() where nodes[index].isPointwise {
      members[index] = [index]
      guard let first = readers[index].first, readers[index].allSatisfy(\.inPlace),
        readers[index].allSatisfy({ group[$0.reader] == group[first.reader] }),
        let others = members[group[first.reader]]
      else { continue }
      let joined = others + [index]
      guard PointwiseFusion.isSmall(joined, nodes, roots) else { continue }
      group[index] = group[first.reader]
      members[group[index]] = joined
      members[index] = nil
    }
  }

  private static func isSmall(_ members: [Int], _ nodes: [ViewFolding.Node], _ roots: Set<Int>) -> Bool {
    let inside = Set(members)
    var outside: Set<ViewFolding.Operand> = []
    var literals: Set<ViewFolding.Operand> = []
    for member in members {
      for input in nodes[member].inputs {
        switch input {
        case .literal: literals.insert(input)
        case .read(let node, _): if !inside.contains(node) { outside.insert(input) }
        }
      }
    }
    return members.count + literals.count <= maximumSteps && outside.count <= maximumInputs
      && members.count(where: roots.contains) < maximumResults
  }
}
