extension Picture {
  /// Reads a PNG or JPEG file, told apart by their first bytes.
  ///
  /// - Throws: `PictureError` for any other file, for a damaged one, and for a picture of more than `mostPixels`.
  public init(file bytes: [UInt8]) throws(PictureError) {
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
      try self.init(png: bytes)
    } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      try self.init(jpeg: bytes)
    } else {
      throw PictureError(reason: bytes.isEmpty ? "is empty" : "is neither a PNG nor a JPEG file")
    }
  }

  /// The largest pictures that are read, such as 8192×8192: a header may claim what no memory holds.
  public static let mostPixels = 1 << 26

  static func checkSize(width: Int, height: Int) throws(PictureError) {
    guard width * height <= mostPixels else {
      throw PictureError(
        reason: "is a picture of \(width)×\(height), more than the \(mostPixels) pixels that are read")
    }
  }
}
