/// Byte strings with numbers, found by the text that begins with them.
struct ByteTrie: Sendable {
  /// Nodes by their parent's number and the byte that leads to them.
  private var children = PairTable(capacity: 0)
  /// The number of the byte string that ends at each node; -1 for none.
  private var numbers: [Int32] = [-1]

  /// The node of no bytes.
  static let root: Int32 = 0

  init(_ strings: some Collection<(number: Int32, bytes: [UInt8])>) {
    children = PairTable(capacity: strings.reduce(0) { $0 + $1.bytes.count })
    for (number, bytes) in strings {
      var node = ByteTrie.root
      for byte in bytes {
        if let next = child(of: node, byte) {
          node = next
        } else {
          let next = Int32(numbers.count)
          children.insert(node, Int32(byte), PairTable.Entry(rank: 0, result: next))
          numbers.append(-1)
          node = next
        }
      }
      numbers[Int(node)] = number
    }
  }

  @inline(__always)
  func child(of node: Int32, _ byte: UInt8) -> Int32? { children[node, Int32(byte)]?.result }

  /// The number of the string that ends at a node.
  @inline(__always)
  func number(at node: Int32) -> Int32? { numbers[Int(node)] < 0 ? nil : numbers[Int(node)] }

  /// The node of a byte string; nil if no string begins with it.
  func node(of bytes: [UInt8]) -> Int32? {
    var node = ByteTrie.root
    for byte in bytes {
      guard let next = child(of: node, byte) else { return nil }
      node = next
    }
    return node
  }

  /// The longest string with which the text goes on from a position.
  @inline(__always)
  func longest(_ text: TextBytes, from position: Int, node: Int32 = ByteTrie.root) -> (
    number: Int32, end: Int
  )? {
    var (node, index): (Int32, Int) = (node, position)
    var found: (number: Int32, end: Int)?
    while index < text.count, let next = child(of: node, text[index]) {
      (node, index) = (next, index + 1)
      if let number = number(at: node) { found = (number, index) }
    }
    return found
  }
}
