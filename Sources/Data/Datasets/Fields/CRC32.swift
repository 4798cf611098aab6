import CZlib

/// A checksum to distinguish sets of examples, with a false match probability of 2⁻³².
///
/// It is no protection against forgery.
enum CRC32 {
  static func checksum(of bytes: UnsafeRawBufferPointer, continuing other: UInt32 = 0) -> UInt32 {
    UInt32(
      truncatingIfNeeded: crc32_z(
        UInt(other), bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count))
  }

  static func checksum(of bytes: [UInt8], continuing other: UInt32 = 0) -> UInt32 {
    bytes.withUnsafeBytes { checksum(of: $0, continuing: other) }
  }
}
