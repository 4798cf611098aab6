/// CRC-32C (Castagnoli), polynomial 0x1EDC6F41, as used by iSCSI and TensorBoard's record files.
///
/// - SeeAlso: RFC 3720, section 12.1.
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { byte in
    // The polynomial's bits in reverse.
    (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
  }

  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { crc, byte in table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8 }
  }
}
