/// An 8-bit picture: grey, or red, green and blue.
public struct Picture: Hashable, Sendable {
  public let width: Int
  public let height: Int

  /// 1 for grey, 3 for red, green and blue.
  public let channels: Int

  /// `[height, width, channels]`, row-major, the top row first.
  public let pixels: [UInt8]

  /// - Precondition: there is a pixel, and the pixels fit the sizes.
  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    precondition(
      width > 0 && height > 0 && (channels == 1 || channels == 3)
        && pixels.count == width * height * channels,
      "\(pixels.count) values are no picture of \(width)×\(height) with \(channels) channels")
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// A picture of numbers `[channels, height, width]`, row-major: `range`, by default from the least to the
  /// greatest, is mapped to black to white.
  public init(
    scaling values: [Double], width: Int, height: Int, channels: Int, range: ClosedRange<Double>? = nil
  ) {
    let low = range?.lowerBound ?? values.min() ?? 0
    let spread = max((range?.upperBound ?? values.max() ?? 0) - low, .leastNormalMagnitude)
    var pixels = [UInt8](repeating: 0, count: values.count)
    for channel in 0..<channels {
      for place in 0..<width * height {
        let level = 255 * (values[channel * width * height + place] - low) / spread
        pixels[place * channels + channel] = UInt8(max(0, min(255, level.rounded())))
      }
    }
    self.init(width: width, height: height, channels: channels, pixels: pixels)
  }
}
