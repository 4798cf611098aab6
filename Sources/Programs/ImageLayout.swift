/// In which order the elements of images `[N, C, H, W]` lie in memory: what the planner chooses for a value, whoever reads it
/// knowing.
package enum ImageLayout: Hashable, Sendable {
  /// An image's channels one after another, as shapes are written: NCHW.
  case channelsFirst
  /// A pixel's channels side by side: NHWC.
  case channelsLast
}

extension ImageLayout {
  /// Elements from one image, channel, row and pixel to the next.
  package func strides(channels: Int, height: Int, width: Int) -> (n: Int, c: Int, h: Int, w: Int) {
    switch self {
    case .channelsFirst: (channels * height * width, height * width, width, 1)
    case .channelsLast: (height * width * channels, 1, width * channels, channels)
    }
  }
}
