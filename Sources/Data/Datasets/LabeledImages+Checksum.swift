extension LabeledImages {
  /// CRC-32 of the pixels, then the labels.
  public var checksum: UInt32 {
    labels.withUnsafeBytes { CRC32.checksum(of: $0, continuing: CRC32.checksum(of: pixels)) }
  }
}
