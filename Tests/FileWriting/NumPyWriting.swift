/// A `.npy` file.
public func npy(
  type: String = "|u1", shape: [Int], isFortran: Bool = false, version: UInt8 = 1, _ bytes: [UInt8]
) -> [UInt8] {
  let extents = shape.count == 1 ? "\(shape[0])," : shape.map(String.init).joined(separator: ", ")
  var header =
    "{'descr': '\(type)', 'fortran_order': \(isFortran ? "True" : "False"), 'shape': (\(extents)), }"
  let start = version == 1 ? 10 : 12
  header += String(repeating: " ", count: 63 - (start + header.utf8.count) % 64) + "\n"
  let length = (0..<start - 8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
  return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + Array(header.utf8) + bytes
}

/// Integers of the given size in bytes, little-endian.
public func littleEndian(_ numbers: [Int], size: Int) -> [UInt8] {
  numbers.flatMap { number in (0..<size).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
}
