import Datasets
import TestSupport
import Testing

@Suite("Pixel statistics")
struct PixelStatisticsTests {
  @Test("are those of a few numbers done by hand")
  func byHand() throws {
    // Two images of 2×1×2: channel 0 holds 0, 10, 20, 30; channel 1 holds 100, 100, 200, 200.
    let images = try LabeledImages(
      pixels: [0, 10, 100, 100, 20, 30, 200, 200], labels: [0, 0],
      shape: ImageShape(channels: 2, height: 1, width: 2))
    let statistics = try PixelStatistics(of: images)
    #expect(statistics.meanImage == [10, 20, 150, 150])
    #expect(statistics.mean == 82.5)
    #expect(statistics.channelMeans == [15, 150])
    // 15: squares 225 + 25 + 25 + 225 = 500 over 4; 150: each is off by 50.
    #expect(statistics.channelStandardDeviations == [Double(125).squareRoot(), 50])
  }

  @Test("agree with sums in floating point")
  func agreesWithDirectSums() throws {
    var random = SplitMix64(seed: 5)
    let shape = ImageShape(channels: 3, height: 4, width: 5)
    let pixels = (0..<200 * shape.count).map { _ in UInt8.random(in: 0...255, using: &random) }
    let statistics = try PixelStatistics(
      of: LabeledImages(pixels: pixels, labels: [Int32](repeating: 0, count: 200), shape: shape))

    func meanAndDeviation(_ values: [UInt8]) -> (Double, Double) {
      let count = Double(values.count)
      let mean = values.reduce(0) { $0 + Double($1) } / count
      let variance = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
      return (mean, variance.squareRoot())
    }
    let tolerance = 1e-9  // 12,000 sums in float64 of values below 65,025
    let (mean, deviation) = meanAndDeviation(pixels)
    #expect(abs(statistics.mean - mean) < tolerance)
    #expect(abs(statistics.standardDeviation - deviation) < tolerance)
    for channel in 0..<3 {
      let values = pixels.indices.filter { $0 % 60 / 20 == channel }.map { pixels[$0] }
      let (mean, deviation) = meanAndDeviation(values)
      #expect(abs(statistics.channelMeans[channel] - mean) < tolerance)
      #expect(abs(statistics.channelStandardDeviations[channel] - deviation) < tolerance)
    }
    let seventeenth = stride(from: 17, to: pixels.count, by: shape.count).map { pixels[$0] }
    #expect(statistics.meanImage[17] == Float(meanAndDeviation(seventeenth).0))
  }

  @Test("have no deviation where all is one colour, and do not exist without images")
  func edges() throws {
    let shape = ImageShape(channels: 1, height: 1, width: 3)
    let white = try LabeledImages(pixels: [255, 255, 255], labels: [0], shape: shape)
    #expect(try PixelStatistics(of: white).standardDeviation == 0)
    #expect(throws: DatasetError.self) { try PixelStatistics(of: white.prefix(0)) }
  }
}
