extension LabeledImages {
  /// CRC-32 of the pixels, and of the labels after them.
  public var checksum: UInt32 {
    labels.withUnsafeBytes { CRC32.checksum(of: $0, continuing: CRC32.checksum(of: pixels)) }
  }
}
