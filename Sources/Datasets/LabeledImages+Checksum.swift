import CZlib

extension LabeledImages {
  /// CRC-32 of the pixels, and of the labels after them.
  ///
  /// It tells one set from another, by chance wrongly once in four thousand million times; it is no protection against forgery.
  public var checksum: UInt32 {
    let ofPixels = pixels.withUnsafeBytes { Self.checksum(of: $0, after: 0) }
    return UInt32(truncatingIfNeeded: labels.withUnsafeBytes { Self.checksum(of: $0, after: ofPixels) })
  }

  private static func checksum(of bytes: UnsafeRawBufferPointer, after other: UInt) -> UInt {
    crc32_z(other, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
  }
}
