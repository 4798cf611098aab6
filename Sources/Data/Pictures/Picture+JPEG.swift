import CJPEG

extension Picture {
  /// Reads a JPEG file, grey or colour; CMYK and YCCK are converted as printed on white paper.
  ///
  /// The Exif orientation is applied.
  ///
  /// - Throws: `PictureError` for other formats and truncated files.
  init(jpeg bytes: [UInt8], fitting target: (width: Int, height: Int)?) throws(PictureError) {
    var size = lemnos_jpeg_size()
    try Self.demand("no JPEG file") { lemnos_jpeg_measure(bytes, bytes.count, &size, $0) }
    let (width, height, channels) = (Int(size.width), Int(size.height), Int(size.channels))
    // The codec can decode blocks of 8×8 pixels downscaled by 1, 2, 4 or 8.
    let factor = try Self.factor(width: width, height: height, fitting: target)
    let denominator = [8, 4, 2].first { $0 <= factor } ?? 1
    // Each such block takes a bit at least.
    try Self.checkPlausible(width: width, height: height, bytes: bytes.count, most: 512)
    let (newWidth, newHeight) = (
      (width + denominator - 1) / denominator, (height + denominator - 1) / denominator
    )
    var pixels = [UInt8](repeating: 0, count: newWidth * newHeight * channels)
    try Self.demand("a damaged JPEG file") {
      lemnos_jpeg_read(bytes, bytes.count, size, Int32(denominator), &pixels, $0)
    }
    let stored = Picture(width: newWidth, height: newHeight, channels: channels, pixels: pixels)
    self = stored.upright(from: Orientation(jpeg: bytes))
  }

  private static func demand(
    _ failure: String, _ body: (UnsafeMutablePointer<CChar>) -> Bool
  ) throws(PictureError) {
    var message = [CChar](repeating: 0, count: Int(LEMNOS_JPEG_MESSAGE))
    guard !body(&message) else { return }
    let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    throw PictureError(reason: "is \(failure): \(String(decoding: text, as: UTF8.self))")
  }
}
