/// The memory layout of images `[N, C, H, W]`, chosen by the planner for each value; shapes stay NCHW.
package enum ImageLayout: Hashable, Sendable {
  /// NCHW, as shapes are written.
  case channelsFirst
  /// NHWC: the channels of a pixel are contiguous.
  case channelsLast
}

extension ImageLayout {
  /// The strides between images, channels, rows and pixels, in elements.
  package func strides(channels: Int, height: Int, width: Int) -> (n: Int, c: Int, h: Int, w: Int) {
    switch self {
    case .channelsFirst: (channels * height * width, height * width, width, 1)
    case .channelsLast: (height * width * channels, 1, width * channels, channels)
    }
  }
}
