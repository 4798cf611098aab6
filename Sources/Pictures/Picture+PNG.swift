import CPNG

extension Picture {
  /// As a PNG file.
  public var png: [UInt8] {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(width)
    image.height = png_uint_32(height)
    image.format = channels == 1 ? 0 : Picture.colorFormat
    defer { png_image_free(&image) }
    // Without a buffer it only says how many bytes there will be.
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

  /// Reads a PNG file of any depth; transparent pixels are shown on white.
  ///
  /// - Throws: `PictureError` for anything else.
  public init(png bytes: [UInt8]) throws(PictureError) {
    // libpng keeps the address from one call to the next.
    self = try bytes.withUnsafeBytes { bytes in
      Result { () throws(PictureError) in try Picture(png: bytes) }
    }.get()
  }

  private init(png bytes: UnsafeRawBufferPointer) throws(PictureError) {
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
    // Or 16 bits would be taken for linear light where the file does not say what they are.
    image.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
    let (width, height) = (Int(image.width), Int(image.height))
    try Picture.checkSize(width: width, height: height)
    var pixels = [UInt8](repeating: 0, count: width * height * channels)
    var white = png_color(red: 255, green: 255, blue: 255)
    guard png_image_finish_read(&image, &white, &pixels, 0, nil) != 0 else {
      throw PictureError(reason: "is a damaged PNG file: \(image.text)")
    }
    self.init(width: width, height: height, channels: channels, pixels: pixels)
  }

  private static let colorFormat = png_uint_32(PNG_FORMAT_FLAG_COLOR)
}

/// Why a picture cannot be read.
public struct PictureError: Error, Hashable, Sendable, CustomStringConvertible {
  public let reason: String
  public var description: String { reason }
}

extension png_image {
  fileprivate var text: String {
    withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
