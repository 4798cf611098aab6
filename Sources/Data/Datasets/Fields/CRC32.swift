import CZlib
import Tensors

/// A checksum to distinguish sets of examples, with a false match probability of 2⁻³².
///
/// It is no protection against forgery.
enum CRC32 {
  static func checksum(of bytes: UnsafeRawBufferPointer, continuing other: UInt32 = 0) -> UInt32 {
    UInt32(
      truncatingIfNeeded: crc32_z(
        UInt(other), bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count))
  }

  static func checksum(of bytes: Bytes, continuing other: UInt32 = 0) -> UInt32 {
    var sum = other
    bytes.forEachPart(inPiecesOf: 1) { sum = checksum(of: $0, continuing: sum) }
    return sum
  }
}
