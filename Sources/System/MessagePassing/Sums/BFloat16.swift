/// A bfloat16 number, the upper half of a float32: sums are rounded to the nearest, ties to even, after each addition.
///
/// Its loops are plain ones that the compiler turns into vector instructions.
package struct BFloat16: SumElement {
  package let bits: UInt16

  /// The nearest number: a carry goes from the fraction to the exponent, and from the greatest exponent to infinity; NaN stays NaN.
  @inline(__always)
  package init(_ number: Float) {
    let bits = number.bitPattern
    let rounded = (bits &+ 0x7FFF &+ (bits &>> 16 & 1)) &>> 16
    let isNaN = bits & 0x7FFF_FFFF > 0x7F80_0000
    self.bits = UInt16(truncatingIfNeeded: isNaN ? bits &>> 16 | 0x40 : rounded)
  }

  @inline(__always)
  package var float: Float { Float(bitPattern: UInt32(bits) &<< 16) }

  package static func add(
    _ a: UnsafePointer<BFloat16>, _ b: UnsafePointer<BFloat16>, into sum: UnsafeMutablePointer<BFloat16>,
    _ count: Int
  ) {
    var index = 0
    while index < count {
      sum[index] = BFloat16(a[index].float + b[index].float)
      index &+= 1
    }
  }

  package static func convert(
    _ floats: UnsafePointer<Float>, into numbers: UnsafeMutablePointer<BFloat16>, _ count: Int
  ) {
    var index = 0
    while index < count {
      numbers[index] = BFloat16(floats[index])
      index &+= 1
    }
  }

  package static func convert(
    _ numbers: UnsafePointer<BFloat16>, into floats: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    var index = 0
    while index < count {
      floats[index] = numbers[index].float
      index &+= 1
    }
  }
}
