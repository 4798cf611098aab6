import CPictures
import CWebP

extension Picture {
  /// Reads a WebP file, or the first frame of an animated one.
  ///
  /// The Exif orientation is applied.
  ///
  /// - Throws: `PictureError` for other formats and truncated files.
  init(webP bytes: [UInt8], fitting target: (width: Int, height: Int)?) throws(PictureError) {
    var features = WebPBitstreamFeatures()
    try Self.demand(WebPGetFeatures(bytes, bytes.count, &features))
    let stored =
      features.has_animation != 0
      ? try Picture(animatedWebP: bytes, width: Int(features.width), height: Int(features.height))
      : try Picture(webP: bytes, features, fitting: target)
    self = stored.upright(from: Orientation(webP: bytes))
  }

  private init(
    webP bytes: [UInt8], _ features: WebPBitstreamFeatures, fitting target: (width: Int, height: Int)?
  ) throws(PictureError) {
    let (width, height) = (Int(features.width), Int(features.height))
    // The lossless codec decodes at full size, and may encode any number of pixels in no bits at all.
    let isLossy = features.format == 1
    let factor = try Self.factor(width: width, height: height, fitting: isLossy ? target : nil)
    // Each macroblock of 16×16 pixels takes more than a bit for its modes.
    if isLossy { try Self.checkPlausible(width: width, height: height, bytes: bytes.count, most: 2048) }
    let (newWidth, newHeight) = (max(1, width / factor), max(1, height / factor))
    let channels = features.has_alpha != 0 ? 4 : 3
    var pixels = [UInt8](repeating: 0, count: newWidth * newHeight * channels)
    var config = WebPDecoderConfig()
    guard WebPInitDecoderConfig(&config) != 0 else {
      throw PictureError(reason: "cannot be read: libwebp is of another version")
    }
    if factor > 1 {
      config.options.use_scaling = 1
      (config.options.scaled_width, config.options.scaled_height) = (CInt(newWidth), CInt(newHeight))
    }
    config.output.colorspace = channels == 4 ? MODE_RGBA : MODE_RGB
    config.output.is_external_memory = 1
    let status = pixels.withUnsafeMutableBufferPointer { pixels in
      config.output.u.RGBA.rgba = pixels.baseAddress
      config.output.u.RGBA.stride = CInt(newWidth * channels)
      config.output.u.RGBA.size = pixels.count
      return WebPDecode(bytes, bytes.count, &config)
    }
    WebPFreeDecBuffer(&config.output)
    try Self.demand(status)
    self.init(
      width: newWidth, height: newHeight, channels: 3,
      pixels: channels == 4 ? Self.onWhite(pixels) : pixels)
  }

  /// The first frame of an animation, placed on a white canvas.
  private init(animatedWebP bytes: [UInt8], width: Int, height: Int) throws(PictureError) {
    _ = try Self.factor(width: width, height: height, fitting: nil)
    let frame = try bytes.withUnsafeBufferPointer { bytes in
      Result { () throws(PictureError) in try Frame(firstOf: bytes) }
    }.get()
    var features = WebPBitstreamFeatures()
    try Self.demand(WebPGetFeatures(frame.bytes, frame.bytes.count, &features))
    let picture = try Picture(webP: frame.bytes, features, fitting: nil)
    var pixels = [UInt8](repeating: 255, count: width * height * 3)
    let columns = min(picture.width, width - frame.left)
    for row in 0..<min(picture.height, height - frame.top) where columns > 0 {
      let place = ((frame.top + row) * width + frame.left) * 3
      pixels.replaceSubrange(
        place..<place + columns * 3,
        with: picture.pixels[row * picture.width * 3..<(row * picture.width + columns) * 3])
    }
    self.init(width: width, height: height, channels: 3, pixels: pixels)
  }

  private struct Frame {
    /// Its chunks, which are decoded without a file header.
    let bytes: [UInt8]
    let left: Int
    let top: Int

    init(firstOf file: UnsafeBufferPointer<UInt8>) throws(PictureError) {
      var data = WebPData(bytes: file.baseAddress, size: file.count)
      guard let demuxer = WebPDemux(&data) else {
        throw Picture.damagedWebP("its chunks do not fit together")
      }
      defer { WebPDemuxDelete(demuxer) }
      var iterator = WebPIterator()
      guard WebPDemuxGetFrame(demuxer, 1, &iterator) != 0, let start = iterator.fragment.bytes else {
        throw Picture.damagedWebP("there is no picture in it")
      }
      defer { WebPDemuxReleaseIterator(&iterator) }
      bytes = Array(UnsafeBufferPointer(start: start, count: iterator.fragment.size))
      (left, top) = (Int(iterator.x_offset), Int(iterator.y_offset))
    }
  }

  private static func onWhite(_ pixels: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: pixels.count / 4 * 3) { result, count in
      for place in 0..<pixels.count / 4 {
        for channel in 0..<3 {
          result[3 * place + channel] = onWhite(pixels[4 * place + channel], alpha: pixels[4 * place + 3])
        }
      }
      count = pixels.count / 4 * 3
    }
  }

  private static func demand(_ status: VP8StatusCode) throws(PictureError) {
    switch status {
    case VP8_STATUS_OK: break
    case VP8_STATUS_NOT_ENOUGH_DATA: throw damagedWebP("it is cut short")
    case VP8_STATUS_OUT_OF_MEMORY: throw PictureError(reason: "cannot be read: there is no memory to read it")
    case VP8_STATUS_UNSUPPORTED_FEATURE: throw damagedWebP("it has what libwebp does not know")
    default: throw damagedWebP("its content cannot be decoded")
    }
  }

  private static func damagedWebP(_ reason: String) -> PictureError {
    PictureError(reason: "is a damaged WebP file: \(reason)")
  }
}
