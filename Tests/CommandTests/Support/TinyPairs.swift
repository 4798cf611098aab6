import Pictures
import TestSupport

/// Pictures of squares on a dark background, and their masks: 0 background, 255 square.
///
/// - Parameter place: the folder that contains both.
func writePairs(to folder: TemporaryFolder, in place: String = "pairs", count: Int = 30) throws {
  for number in 0..<count {
    let (width, height) = (20 + number % 3, 16)
    let (left, top) = (number * 3 % 12, number * 5 % 8)
    var (pixels, mask): ([UInt8], [UInt8]) = ([], [])
    for y in 0..<height {
      for x in 0..<width {
        let isInside = (left..<left + 8).contains(x) && (top..<top + 8).contains(y)
        pixels += isInside ? [220, 40, 30] : [10, 20, UInt8((x + y + number) % 40)]
        mask.append(isInside ? 255 : 0)
      }
    }
    try folder.write(
      Picture(width: width, height: height, channels: 3, pixels: pixels).png,
      as: "\(place)/images/\(number).png")
    try folder.write(
      Picture(width: width, height: height, channels: 1, pixels: mask).png, as: "\(place)/masks/\(number).png"
    )
  }
}
