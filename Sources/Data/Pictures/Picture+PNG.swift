import CPNG
import CPictures

extension Picture {
  /// The picture as a PNG file.
  public var png: [UInt8] {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(width)
    image.height = png_uint_32(height)
    image.format = channels == 1 ? 0 : Picture.colorFormat
    defer { png_image_free(&image) }
    // Without a buffer it returns the size only.
    var size = 0
    guard png_image_write_to_memory(&image, nil, &size, 0, pixels, 0, nil) != 0 else {
      preconditionFailure("libpng: \(image.text)")
    }
    var bytes = [UInt8](repeating: 0, count: size)
    guard png_image_write_to_memory(&image, &bytes, &size, 0, pixels, 0, nil) != 0 else {
      preconditionFailure("libpng: \(image.text)")
    }
    return Array(bytes.prefix(size))
  }

  /// Reads a PNG file of any depth; transparency is composited on white.
  ///
  /// The Exif orientation is applied.
  ///
  /// - Throws: `PictureError` for other formats, and for more than `mostWholePixels`.
  public init(png bytes: [UInt8]) throws(PictureError) { try self.init(png: bytes, fitting: nil) }

  init(png bytes: [UInt8], fitting target: (width: Int, height: Int)?) throws(PictureError) {
    try Picture.checkChunks(bytes)
    // libpng retains the address across calls.
    let stored = try bytes.withUnsafeBytes { bytes in
      Result { () throws(PictureError) in try Picture(png: bytes, fitting: target) }
    }.get()
    self = stored.upright(from: Orientation(png: bytes))
  }

  /// Refuses a chunk before the pixels that is longer than the file: libpng would allocate its declared
  /// length.
  private static func checkChunks(_ bytes: [UInt8]) throws(PictureError) {
    for chunk in PNGChunks(bytes) {
      if chunk.name.elementsEqual("IDAT".utf8) { return }
      guard chunk.length <= bytes.count else {
        throw PictureError(
          reason: "is no PNG file: a chunk claims \(chunk.length) bytes, more than the file has")
      }
    }
  }

  private init(
    png bytes: UnsafeRawBufferPointer, fitting target: (width: Int, height: Int)?
  ) throws(PictureError) {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    guard let start = bytes.baseAddress,
      png_image_begin_read_from_memory(&image, start, bytes.count) != 0
    else {
      throw PictureError(reason: "is no PNG file: \(image.text)")
    }
    let channels = image.format & Picture.colorFormat != 0 ? 3 : 1
    image.format = channels == 1 ? 0 : Picture.colorFormat
    // Otherwise 16-bit samples would be taken as linear light if the file does not specify it.
    image.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
    let (width, height) = (Int(image.width), Int(image.height))
    let factor = try Picture.factor(width: width, height: height, fitting: target)
    // Deflate encodes at most 258 bytes in 2 bits, and a byte has at most eight pixels.
    try Picture.checkPlausible(width: width, height: height, bytes: bytes.count, most: 8 * 1032)
    guard factor == 1 else {
      try self.init(png: bytes, width: width, height: height, channels: channels, factor: factor)
      return
    }
    var pixels = [UInt8](repeating: 0, count: width * height * channels)
    var white = png_color(red: 255, green: 255, blue: 255)
    guard png_image_finish_read(&image, &white, &pixels, 0, nil) != 0 else {
      throw PictureError(reason: "is a damaged PNG file: \(image.text)")
    }
    self.init(width: width, height: height, channels: channels, pixels: pixels)
  }

  /// Row by row, each pixel the mean of a square.
  private init(
    png bytes: UnsafeRawBufferPointer, width: Int, height: Int, channels: Int, factor: Int
  ) throws(PictureError) {
    let file = bytes.bindMemory(to: UInt8.self)
    // The interlace flag is the last byte of the header, which libpng has just checked.
    let isInterlaced = file.count > 28 && file[28] != 0
    try self.init(
      rowsOf: width, height, channels: channels, factor: factor, inOrder: !isInterlaced
    ) { (rows) throws(PictureError) in
      guard let start = file.baseAddress else { return }
      var message = [CChar](repeating: 0, count: Int(LEMNOS_PNG_MESSAGE))
      guard !lemnos_png_read_rows(start, file.count, &rows, &message) else { return }
      let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      throw PictureError(reason: "is a damaged PNG file: \(String(decoding: text, as: UTF8.self))")
    }
  }

  private static let colorFormat = png_uint_32(PNG_FORMAT_FLAG_COLOR)
}

/// The error of a picture that cannot be read.
public struct PictureError: Error, Hashable, Sendable, CustomStringConvertible {
  public let reason: String
  public var description: String { reason }
}

extension png_image {
  fileprivate var text: String {
    withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
