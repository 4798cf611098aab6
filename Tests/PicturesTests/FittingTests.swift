import Pictures
import TestSupport
import Testing

@Suite("Pictures made to fit")
struct FittingTests {
  private static func noise(_ width: Int, _ height: Int, _ channels: Int) -> Picture {
    var random = SplitMix64(seed: UInt64(width * 1000 + height))
    let pixels = (0..<width * height * channels).map { _ in UInt8.random(in: 0...255, using: &random) }
    return Picture(width: width, height: height, channels: channels, pixels: pixels)
  }

  /// The resampling formula in float64 for one output pixel: the sum over all input pixels, both axes at
  /// once.
  private static func reference(
    _ old: Picture, _ width: Int, _ height: Int, _ row: Int, _ column: Int, _ channel: Int
  ) -> Double {
    let scale = min(Double(old.width) / Double(width), Double(old.height) / Double(height))
    let radius = max(1, scale)
    let x = Double(old.width) / 2 + (Double(column) + 0.5 - Double(width) / 2) * scale
    let y = Double(old.height) / 2 + (Double(row) + 0.5 - Double(height) / 2) * scale
    var (sum, total) = (0.0, 0.0)
    for i in 0..<old.height {
      for j in 0..<old.width {
        let weight =
          max(0, 1 - abs(Double(i) + 0.5 - y) / radius) * max(0, 1 - abs(Double(j) + 0.5 - x) / radius)
        sum += weight * Double(old.pixels[(i * old.width + j) * old.channels + channel])
        total += weight
      }
    }
    return sum / total
  }

  static let sizes = [
    (37, 23, 8, 8), (23, 37, 8, 8), (5, 3, 12, 12), (40, 40, 7, 7), (64, 48, 32, 24), (9, 31, 10, 4),
    (1, 1, 5, 5), (300, 2, 3, 3), (16, 16, 1, 1),
  ]

  @Test("are the formula's weighted means", arguments: sizes, [1, 3])
  func agreement(_ size: (Int, Int, Int, Int), channels: Int) {
    let old = Self.noise(size.0, size.1, channels)
    let new = old.fitted(width: size.2, height: size.3)
    #expect((new.width, new.height, new.channels) == (size.2, size.3, channels))
    var worst = 0.0
    for row in 0..<size.3 {
      for column in 0..<size.2 {
        for channel in 0..<channels {
          let wanted = Self.reference(old, size.2, size.3, row, column, channel)
          let found = Double(new.pixels[(row * size.2 + column) * channels + channel])
          worst = max(worst, abs(found - wanted))
        }
      }
    }
    #expect(worst <= 1.01)  // half a level for each of two roundings
  }

  @Test("stay as they are where they fit, and one colour where they have one")
  func fixedPoints() {
    let picture = Self.noise(12, 9, 3)
    #expect(picture.fitted(width: 12, height: 9) == picture)
    let gray = Picture(width: 31, height: 17, channels: 1, pixels: [UInt8](repeating: 255, count: 31 * 17))
    for side in [1, 2, 5, 16, 40] {
      #expect(gray.fitted(width: side, height: side).pixels.allSatisfy { $0 == 255 })
    }
  }

  @Test("keep their middle, and lose what lies beyond")
  func crop() {
    // Dark at both ends, which the crop removes.
    let pixels = (0..<10 * 30).map { UInt8((10..<20).contains($0 % 30) ? 200 : 0) }
    let square = Picture(width: 30, height: 10, channels: 1, pixels: pixels).fitted(width: 10, height: 10)
    #expect(square.pixels.allSatisfy { $0 == 200 })
  }

  @Test("are grey or in colour as asked, channel by channel")
  func channels() {
    let colors = Picture(
      width: 2, height: 2, channels: 3, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255])
    #expect(colors.converted(toChannels: 1).pixels == [76, 150, 29, 255])
    #expect(colors.planes == [255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255])
    let gray = Picture(width: 2, height: 1, channels: 1, pixels: [7, 9])
    #expect(gray.converted(toChannels: 3).pixels == [7, 7, 7, 9, 9, 9])
    #expect(gray.planes == [7, 9])
    #expect(gray.converted(toChannels: 1) == gray)
  }
}
