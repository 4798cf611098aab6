/// The extent of an axis as a linear function of the batch size: perImage · N + fixed.
struct Extent: Hashable {
  let perImage: Int
  let fixed: Int

  static let one = Extent(fixed: 1)
  static let batch = Extent(perImage: 1, fixed: 0)

  init(perImage: Int = 0, fixed: Int) {
    self.perImage = perImage
    self.fixed = fixed
  }

  /// The extent that fits two batch sizes; nil if it is not linear.
  init?(_ first: Int, for batch: Int, _ second: Int, for other: Int) {
    let (slope, rest) = (second - first).quotientAndRemainder(dividingBy: other - batch)
    guard rest == 0, slope >= 0, first >= slope * batch else { return nil }
    self.init(perImage: slope, fixed: first - slope * batch)
  }

  var isFixed: Bool { perImage == 0 }
}

extension [Extent] {
  /// The broadcast extents of two tensors known to be compatible: aligned at their last axes.
  func stretched(with other: [Extent]) -> [Extent] {
    let rank = Swift.max(count, other.count)
    func extent(_ extents: [Extent], _ axis: Int) -> Extent {
      let own = axis - (rank - extents.count)
      return own < 0 ? .one : extents[own]
    }
    return (0..<rank).map { axis in
      extent(self, axis) == .one ? extent(other, axis) : extent(self, axis)
    }
  }

  /// The number of elements; nil if it depends on the batch.
  var fixedCount: Int? { allSatisfy(\.isFixed) ? reduce(1) { $0 * $1.fixed } : nil }
}
