/// Numbers that are added up over ranks.
package protocol SumElement: BitwiseCopyable {
  /// Adds two rows of numbers; the sum may take the place of either.
  static func add(
    _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, into sum: UnsafeMutablePointer<Self>, _ count: Int)

  /// Takes the nearest numbers, ties to even.
  static func convert(
    _ floats: UnsafePointer<Float>, into numbers: UnsafeMutablePointer<Self>, _ count: Int)

  static func convert(
    _ numbers: UnsafePointer<Self>, into floats: UnsafeMutablePointer<Float>, _ count: Int)
}

extension Float: SumElement {
  /// Sixteen at a time, each loaded before any is stored, so that the sum may be an operand.
  package static func add(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into sum: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    let (a, b, sum) = (UnsafeRawPointer(a), UnsafeRawPointer(b), UnsafeMutableRawPointer(sum))
    var (offset, end) = (0, count / 16 * 64)
    while offset < end {
      let left = a.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self)
      let right = b.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self)
      sum.storeBytes(of: left + right, toByteOffset: offset, as: SIMD16<Float>.self)
      offset &+= 64
    }
    end = count * 4
    while offset < end {
      let left = a.loadUnaligned(fromByteOffset: offset, as: Float.self)
      sum.storeBytes(
        of: left + b.loadUnaligned(fromByteOffset: offset, as: Float.self), toByteOffset: offset,
        as: Float.self)
      offset &+= 4
    }
  }

  package static func convert(
    _ floats: UnsafePointer<Float>, into numbers: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    if UnsafePointer(numbers) != floats { numbers.update(from: floats, count: count) }
  }
}
