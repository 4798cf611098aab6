/// The extents of a tensor, outermost first.
///
/// A scalar has the empty shape `[]`. No tensor has a shape with a negative extent, or with more elements
/// than `Shape.maximumCount`: an operation with such a result gives an invalid tensor.
public struct Shape: Hashable, Sendable {
  /// The extents, in elements.
  public let dimensions: [Int]

  public init(_ dimensions: [Int]) { self.dimensions = dimensions }

  /// The maximum number of elements of a tensor, 2⁵⁰: more than any memory holds, and its bytes do not
  /// overflow.
  public static let maximumCount = 1 << 50

  /// The number of axes.
  public var rank: Int { dimensions.count }

  /// The number of elements; 1 for a scalar.
  ///
  /// `Int.max` on overflow, and if an extent is negative.
  public var count: Int {
    if dimensions.contains(0), !dimensions.contains(where: { $0 < 0 }) { return 0 }
    return dimensions.reduce(1) { product, extent in
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      return overflow || extent < 0 || product == .max ? .max : next
    }
  }

  /// The reason why no tensor has this shape; nil if it is valid.
  var problem: String? {
    if let extent = dimensions.first(where: { $0 < 0 }) {
      return "the shape \(self) has the negative extent \(extent)"
    }
    // The other extents of an empty shape count too: views of it have strides.
    return Shape(dimensions.map { max($0, 1) }).count > Shape.maximumCount
      ? "the shape \(self) has more than 2⁵⁰ elements" : nil
  }

  public subscript(axis: Int) -> Int { dimensions[axis] }

  /// The strides, in elements, of a row-major array of this shape.
  package var rowMajorStrides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * dimensions[axis + 1]
    }
    return strides
  }

  /// The shape that both broadcast to; nil if they are incompatible.
  ///
  /// Shapes are aligned at their last axes; an extent of 1, or a missing one, is broadcast to the other's.
  package func broadcast(with other: Shape) -> Shape? {
    let rank = max(self.rank, other.rank)
    var result = [Int](repeating: 1, count: rank)
    for axis in 0..<rank {
      let a = axis - (rank - self.rank)
      let b = axis - (rank - other.rank)
      let left = a < 0 ? 1 : dimensions[a]
      let right = b < 0 ? 1 : other.dimensions[b]
      guard left == right || left == 1 || right == 1 else { return nil }
      result[axis] = left == 1 ? right : left
    }
    return Shape(result)
  }
}

extension Shape: ExpressibleByArrayLiteral {
  public init(arrayLiteral elements: Int...) { self.init(elements) }
}

extension Shape: CustomStringConvertible {
  public var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }
}
