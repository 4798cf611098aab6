/// The float at a place of a micro-batch's gradient: any rank can make any, and sums of them round differently in every order.
func leafValue(_ leaf: Int, _ index: Int, bucket: Int) -> Float {
  var z = UInt64(leaf) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(index) &* 0xD1B5_4A32_D192_ED03 &+ UInt64(bucket)
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  z ^= z >> 31
  let mantissa = Float(Int32(truncatingIfNeeded: z >> 32)) * 0x1p-31
  // Magnitudes over six orders, so that the order of additions shows.
  return mantissa * Float(sign: .plus, exponent: Int(z & 15) - 8, significand: 1)
}

func leafValues(_ leaf: Int, count: Int, bucket: Int) -> [Float] {
  (0..<count).map { leafValue(leaf, $0, bucket: bucket) }
}

/// The tree's sum, as its definition says it, of one process.
func treeSum(_ leaves: Range<Int>, count: Int, bucket: Int) -> [Float] {
  if leaves.count == 1 { return leafValues(leaves.lowerBound, count: count, bucket: bucket) }
  let middle = leaves.lowerBound + leaves.count / 2
  let left = treeSum(leaves.lowerBound..<middle, count: count, bucket: bucket)
  let right = treeSum(middle..<leaves.upperBound, count: count, bucket: bucket)
  return zip(left, right).map { $0 + $1 }
}
