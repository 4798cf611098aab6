import Tensors

extension Shape {
  /// The coordinates of an element, given its row-major index.
  func coordinates(of index: Int) -> [Int] {
    var rest = index
    var result: [Int] = []
    for extent in dimensions.reversed() {
      result.append(rest % max(extent, 1))
      rest /= max(extent, 1)
    }
    return result.reversed()
  }
}
