/// What has a place in a queue.
protocol Prioritized {
  func isBefore(_ other: Self) -> Bool
}

/// A binary heap: whatever goes first comes out first.
struct PriorityQueue<Element: Prioritized> {
  private var elements: [Element] = []

  mutating func removeAll() { elements.removeAll(keepingCapacity: true) }

  mutating func push(_ element: Element) {
    elements.append(element)
    var index = elements.count - 1
    while index > 0, elements[index].isBefore(elements[(index - 1) / 2]) {
      elements.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  mutating func pop() -> Element? {
    guard let first = elements.first, let last = elements.popLast() else { return nil }
    guard !elements.isEmpty else { return first }
    elements[0] = last
    var index = 0
    while true {
      var least = index
      for child in [2 * index + 1, 2 * index + 2] where child < elements.count {
        if elements[child].isBefore(elements[least]) { least = child }
      }
      if least == index { return first }
      elements.swapAt(index, least)
      index = least
    }
  }
}
