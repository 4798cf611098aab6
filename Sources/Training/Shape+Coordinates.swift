import Tensors

extension Shape {
  /// Where an element stands, by its place in row-major order.
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
